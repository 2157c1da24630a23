// Where one is: the environment in the path and the project it belongs to.
import type { Environment } from '../core/environment.ts'
import { getEnvironmentWithProject } from '../service/environments.ts'
import type { ConsoleContext } from './console-env.ts'

export type Place = { environment: Environment; project: { id: string; name: string } }

/** @throws {Problem} not_found */
export const loadEnvironment = (c: ConsoleContext, id = c.req.param('environmentId') ?? ''): Promise<Place> =>
  getEnvironmentWithProject(c.var.deps, c.var.caller, id)
