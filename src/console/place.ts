// Where one is: the environment in the path and the project it belongs to.
import type { Environment } from '../core/environment.ts'
import { environmentInSight } from '../service/places.ts'
import type { ConsoleContext } from './console-env.ts'

export type Place = { environment: Environment; project: { id: string; name: string } }

/** @throws {Problem} not_found */
export const openEnvironment = (c: ConsoleContext, id = c.req.param('environmentId') ?? ''): Promise<Place> =>
  environmentInSight(c.var.deps, c.var.caller, id)
