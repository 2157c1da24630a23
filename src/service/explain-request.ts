// What the front door would answer to a request that is not sent, by the name of a key or by scopes; no token is needed.
import type { Caller } from '../core/actor.ts'
import { type ApiKey, statusOf } from '../core/api-key.ts'
import { type Explanation, explain, type Holder, type SampleRequest } from '../core/explanation.ts'
import { isId } from '../core/ids.ts'
import { catchNotFound, invalidField } from '../core/problem.ts'
import { findKeyIdByPrefix } from '../store/api-keys.ts'
import type { Deps } from './deps.ts'
import { getKey } from './keys.ts'
import { getRoutes } from './routes.ts'

/** A key by its id or by the prefix of one of its secrets, or scopes that any key might hold. */
export type HolderReference = { key: string } | { scopes: readonly string[] }

/**
 * By the table and the key as they are stored now; where a change was just made, the front door may follow within the
 * environment's bound. `key` is null where only scopes were given.
 * @throws {Problem} not_found, or invalid_request when no key of the environment is meant
 */
export async function explainRequest(
  deps: Deps,
  caller: Caller,
  environmentId: string,
  { holder, ...request }: SampleRequest & { holder: HolderReference },
): Promise<{ explanation: Explanation; key: ApiKey | null }> {
  const routes = await getRoutes(deps, caller, environmentId)
  if ('scopes' in holder) return { explanation: explain(routes, request, { ...holder, refusedAs: null }), key: null }
  const { key, ...held } = await findHolder(deps, caller, environmentId, holder.key)
  return { explanation: explain(routes, request, held), key }
}

async function findHolder(
  deps: Deps,
  caller: Caller,
  environmentId: string,
  named: string,
): Promise<Holder & { key: ApiKey }> {
  const id = isId('key', named) ? named : await findKeyIdByPrefix(deps.db, named)
  // The front door takes no secret of an SDK credential.
  const key = id === null || !isId('key', id) ? null : await catchNotFound(getKey(deps, caller, id))
  if (key?.environmentId !== environmentId) {
    throw invalidField('key', 'is not the id or the prefix of a key of this environment')
  }
  const status = statusOf(key, deps.clock())
  if (status !== 'active') return { key, scopes: key.scopes, refusedAs: status }
  const isEnded = named !== key.id && !key.secrets.some(({ prefix }) => prefix === named)
  return { key, scopes: key.scopes, refusedAs: isEnded ? 'superseded' : null }
}
