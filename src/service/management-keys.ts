// Management keys: who may work Keyward itself.

import { type Actor, authorize, type Caller, type ManagementKey, ROOT, type Role } from '../core/actor.ts'
import { createAuditEvent, draftAuditEvent } from '../core/audit.ts'
import { MAX_STALENESS_MS } from '../core/environment.ts'
import { isEqualInConstantTime, sha256Hex } from '../core/hash.ts'
import { newId } from '../core/ids.ts'
import { managementSubjectOf } from '../core/ledger-messages.ts'
import { catchUnavailable, invalidField, notFound, Problem } from '../core/problem.ts'
import { dateEvent, serializeProjection } from '../core/projection.ts'
import { managementBrandOf, mintToken, parseToken } from '../core/token.ts'
import { type Finding, findEvidence } from '../edge/freshness.ts'
import { runBatch } from '../store/database.ts'
import * as store from '../store/management-keys.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { buildManagementKeyRevocations } from '../store/revocations.ts'
import type { Deps } from './deps.ts'
import { type SealResponse, storeNothing } from './idempotency.ts'
import { findMinted, getMintKey } from './mint-keys.ts'
import { type Precondition, requireAccepted } from './precondition.ts'
import { recordChange } from './record-change.ts'
import { managementSourceOf } from './record-sources.ts'
import { recordUse } from './usage.ts'

/**
 * The actor behind a credential of the management API.
 * @throws {Problem} unauthenticated, the same for every reason; unavailable when the database cannot be asked
 */
export async function authenticate(deps: Deps, token: string): Promise<Actor> {
  const { brand, rootKey } = deps.config
  if (isEqualInConstantTime(token, rootKey)) return ROOT

  const parsed = parseToken(token, managementBrandOf(brand))
  const actor = parsed && (await findActor(deps, token, parsed.prefix))
  if (!actor) throw new Problem('unauthenticated', 'The credential is not valid.')
  return actor
}

async function findActor(deps: Deps, token: string, prefix: string): Promise<Actor | null> {
  const hash = await sha256Hex(token)
  const find = () => findManagementKey(deps, hash, prefix)
  const isRemembered = deps.isolate.managementKeys.get(hash) !== undefined
  return toActor(deps, await (isRemembered ? find() : findMinted(deps, { token, hash }, find)))
}

/**
 * The actor behind a management key that was presented before, by its hash and prefix; null when there is none or it was revoked.
 * @throws {Problem} unavailable when the stores cannot be asked
 */
export const findActorByHash = async (deps: Deps, hash: string, prefix: string): Promise<Actor | null> =>
  toActor(deps, await findManagementKey(deps, hash, prefix))

const findManagementKey = (deps: Deps, hash: string, prefix: string) =>
  findEvidence(deps, managementSourceOf(deps, hash, prefix), MAX_STALENESS_MS)

function toActor(deps: Deps, evidence: Finding<ManagementKey>): Actor | null {
  if (evidence.state === 'unknown')
    throw new Problem('unavailable', 'The stores that know this credential could not be asked.')
  if (evidence.state !== 'found' || evidence.revoked) return null

  const { id, name, role, environmentId } = evidence.record
  recordUse(deps, 'management_key', id, evidence.record)
  return { type: 'management_key', id, name, role, environmentId }
}

export type NewManagementKey = { name: string; role: Role; environmentId?: string | null | undefined }

export type CreatedManagementKey = { managementKey: ManagementKey; token: string }

/** @throws {Problem} invalid_request for a binding that is not a verifier's, or to no environment */
export async function createManagementKey(
  deps: Deps,
  caller: Caller,
  { name, role, environmentId = null }: NewManagementKey,
  seal: SealResponse<CreatedManagementKey> = storeNothing,
): Promise<CreatedManagementKey> {
  authorize(caller.actor, 'management_keys')
  if (environmentId !== null && role !== 'verifier') {
    throw invalidField('environmentId', 'can only be given for the role "verifier"')
  }
  const at = deps.clock()
  const mintKey = await getMintKey(deps)
  const { token, prefix } = await mintToken(managementBrandOf(deps.config.brand), mintKey, deps.random)
  const managementKey: ManagementKey = {
    id: newId('managementKey'),
    name,
    prefix,
    role,
    environmentId,
    createdAt: at,
    createdBy: caller.actor.id,
    lastUsedAt: null,
    revokedAt: null,
  }
  const event = createAuditEvent({ id: newId('event'), at }, caller, {
    action: 'management_key.created',
    managementKeyId: managementKey.id,
    environmentId,
    after: { name, prefix, role },
  })
  const made = { managementKey, token }
  const row = { key: managementKey, hash: await sha256Hex(token), mintKey }
  const inserted = await store.insertManagementKey(deps.db, row, { event, response: await seal(made) })
  if (!inserted) throw invalidField('environmentId', 'is not an environment')
  return made
}

/** Newest first, revoked ones too. */
export async function listManagementKeys(deps: Deps, caller: Caller, page: PageRequest): Promise<Page<ManagementKey>> {
  authorize(caller.actor, 'management_keys')
  return store.listManagementKeys(deps.db, page)
}

/** Revoked ones too. @throws {Problem} not_found */
export async function getManagementKey(deps: Deps, caller: Caller, id: string): Promise<ManagementKey> {
  authorize(caller.actor, 'management_keys')
  return existing(deps, id)
}

/** Revokes for good; again changes nothing. @throws {Problem} not_found, or unavailable when nothing has happened */
export async function revokeManagementKey(
  deps: Deps,
  caller: Caller,
  id: string,
  precondition: Precondition<ManagementKey> = {},
): Promise<ManagementKey> {
  authorize(caller.actor, 'management_keys')
  const found = await existing(deps, id)
  requireAccepted(precondition, found)
  if (found.revokedAt !== null) return found
  const event = draftAuditEvent(newId('event'), caller, {
    action: 'management_key.revoked',
    managementKeyId: id,
    environmentId: found.environmentId,
    before: { revokedAt: null },
  })
  const projection = serializeProjection({ kind: 'management_key', managementKeyId: id, event })
  const secrets = [managementSubjectOf(found.prefix)]
  const { committedAt } = await recordChange(deps, { kind: 'revoke', keyId: id, secrets, projection }, null)
  const revocation = { managementKeyId: id, event: dateEvent(event, committedAt) }
  await catchUnavailable(runBatch(deps.db, buildManagementKeyRevocations([revocation])), null)
  return catchUnavailable(existing(deps, id), { ...found, revokedAt: committedAt })
}

async function existing({ db }: Deps, id: string): Promise<ManagementKey> {
  const key = await store.findManagementKey(db, id)
  if (!key) throw notFound('management key')
  return key
}
