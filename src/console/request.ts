// What an address of the console asks for: which environment, which page of a list.
import type { Environment } from '../core/environment.ts'
import { getEnvironmentWithProject } from '../service/environments.ts'
import type { PageRequest } from '../store/page.ts'
import type { ConsoleContext } from './console-env.ts'
import { readQuery } from './form.ts'

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
  cursor: readQuery(c).optional('cursor') ?? null,
})

/**
 * The page of this console that a client wants to be sent to, with its dots resolved; null for anything else. It goes into a
 * header, so it may hold visible ASCII only. The pages for signing in and out lead nowhere from here.
 */
export function readConsolePath(text: string): string | null {
  if (!/^\/[!-~]*$/.test(text) || !URL.canParse(text, NOWHERE)) return null
  const { origin, pathname, search, hash } = new URL(text, NOWHERE)
  const isPage = origin === NOWHERE && /^\/console(\/(?!sign)|$)/.test(pathname)
  return isPage ? `${pathname}${search}${hash}` : null
}

const NOWHERE = 'https://console.invalid'

const PAGE_SIZE = 25
