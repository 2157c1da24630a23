// What an address of the console asks for: which environment, which page of a list.
import type { Environment } from '../core/environment.ts'
import { getEnvironmentWithProject } from '../service/environments.ts'
import type { PageRequest } from '../store/page.ts'
import type { ConsoleContext } from './console-env.ts'

export type EnvironmentWithProject = { environment: Environment; project: { id: string; name: string } }

/** The environment that the path names, unless another is given. @throws {Problem} not_found */
export const loadEnvironment = (
  c: ConsoleContext,
  id = readParam(c, 'environmentId'),
): Promise<EnvironmentWithProject> => getEnvironmentWithProject(c.var.deps, c.var.caller, id)

/** A part of the path; empty when the path has no such part. */
export const readParam = (c: ConsoleContext, name: string): string => c.req.param(name) ?? ''

export const readPageRequest = (c: ConsoleContext): PageRequest => ({
  limit: PAGE_SIZE,
  cursor: c.req.query('cursor') || null,
})

/** Whether it is a page of this console to go to after signing in: no other origin, and not the sign-in page again. */
export const isConsolePath = (path: string): boolean => /^\/console(\/(?!sign-)[^\\]*)?$/.test(path)

const PAGE_SIZE = 25
