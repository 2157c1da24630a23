// Keys of both kinds, API keys and SDK credentials: create, read, list, edit, rotate. Revoking has a file of its own.
import { authorize, type Caller } from '../core/actor.ts'
import { type ApiKey, isExpired, type KeyKind, kindOf, type Metadata, type Secret } from '../core/api-key.ts'
import { createAuditEvent, findDifferences, type Snapshot } from '../core/audit.ts'
import type { Environment } from '../core/environment.ts'
import { sha256Hex } from '../core/hash.ts'
import { newId } from '../core/ids.ts'
import { type RecordAnswer, secretSubjectOf } from '../core/ledger-messages.ts'
import { invalidField, notFound, Problem, revokedAlready } from '../core/problem.ts'
import { createReceipt, type Receipt } from '../core/receipt.ts'
import { planRotation } from '../core/rotation.ts'
import { findScopeFaults, orderScopes } from '../core/scope.ts'
import { readSearch } from '../core/search-terms.ts'
import { clientSecretBrandOf, mintToken } from '../core/token.ts'
import { findIssuing } from '../edge/renewal.ts'
import { type ApiKeyFilter, listApiKeys } from '../store/api-key-lists.ts'
import * as store from '../store/api-keys.ts'
import { runBatch } from '../store/database.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { buildEnvironmentRevisionRaise, buildRevisionRaise } from '../store/revocations.ts'
import { existingEnvironment } from './change-environment.ts'
import type { Deps } from './deps.ts'
import { type SealResponse, storeNothing } from './idempotency.ts'
import { getMintKey } from './mint-keys.ts'
import { type Precondition, requireAccepted, requireMatch } from './precondition.ts'
import { recordChange } from './record-change.ts'
import { CHANGED_MEANWHILE, retryOnConflict } from './retry-on-conflict.ts'

export type NewKey = {
  name: string
  scopes: string[]
  expiresAt?: number | null | undefined
  ownerId?: string | null | undefined
  metadata?: Metadata | undefined
  enabled?: boolean | undefined
  /** By default an API key. */
  kind?: KeyKind | undefined
}

export type CreatedKey = { key: ApiKey; token: string }

/** A new key and its token. This is the only time the token exists outside its holder. @throws {Problem} not_found */
export async function createKey(
  deps: Deps,
  caller: Caller,
  environmentId: string,
  input: NewKey,
  seal: SealResponse<CreatedKey> = storeNothing,
): Promise<CreatedKey> {
  authorize(caller.actor, 'keys')
  return retryOnConflict(async () => {
    const environment = await existingEnvironment(deps, environmentId)
    const at = await findMomentOfIssue(deps, environment)
    if (at === null) return CHANGED_MEANWHILE
    const expiresAt = input.expiresAt ?? null
    if (isExpired({ expiresAt }, at)) throw invalidField('expiresAt', 'must be in the future')
    const { kind = 'key' } = input
    const mintKey = await getMintKey(deps)
    const { token, prefix } = await mintToken(brandOf(deps, kind), mintKey, deps.random)
    const key: ApiKey = {
      id: newId(kind),
      environmentId,
      projectId: environment.projectId,
      name: input.name,
      prefix,
      scopes: checkScopes(input.scopes, environment),
      enabled: input.enabled ?? true,
      ownerId: input.ownerId ?? null,
      metadata: input.metadata ?? {},
      createdAt: at,
      createdBy: caller.actor.id,
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
      revokedReason: null,
      revokedEffectiveBy: null,
      tokensFromRevision: null,
      tokensEndedUntil: null,
      revision: 1,
      secrets: [{ prefix, createdAt: at, expiresAt: null }],
    }
    const { name, scopes, enabled, ownerId, metadata } = key
    const event = createAuditEvent({ id: newId('event'), at }, caller, {
      action: `${kind}.created`,
      ...subjectOf(key),
      after: { name, prefix, scopes, enabled, ownerId, metadata, expiresAt },
    })
    const hash = await sha256Hex(token)
    const made = { key, token }
    const stored = { key, hash, environment, mintKey }
    const inserted = await store.insertApiKey(deps.db, stored, { event, response: await seal(made) })
    return inserted ? made : CHANGED_MEANWHILE
  })
}

/**
 * When a secret of the environment is issued, by the ledger's clock, and covered by no revocation of all keys so far. Null where D1 has
 * not heard of the latest of them, as after a restore: it is told of its revision, and the environment is to be read again.
 * @throws {Problem} unavailable when the ledger does not answer
 */
async function findMomentOfIssue(deps: Deps, { id, revision }: Environment): Promise<number | null> {
  const issuing = await findIssuing(deps, id)
  if (issuing === null)
    throw new Problem('unavailable', 'The revocation ledger did not answer. Send the request again.')
  const { revokedBelow, ledgerTime } = issuing
  if (revision >= revokedBelow) return ledgerTime ?? deps.clock()
  await runBatch(deps.db, [buildEnvironmentRevisionRaise([{ environmentId: id, revision: revokedBelow }])])
  return null
}

/** @throws {Problem} not_found */
export async function getKey(deps: Deps, caller: Caller, id: string): Promise<ApiKey> {
  authorize(caller.actor, 'keys')
  return existingKey(deps, id)
}

/** Newest first, unless the filter says otherwise. @throws {Problem} not_found when there is no such environment */
export async function listKeys(
  deps: Deps,
  caller: Caller,
  filter: ApiKeyFilter,
  page: PageRequest,
): Promise<Page<ApiKey>> {
  authorize(caller.actor, 'keys')
  await existingEnvironment(deps, filter.environmentId)
  const search = filter.search && readSearch(filter.search, deps.config.brand)
  return listApiKeys(deps.db, { ...filter, search }, page, deps.clock())
}

export type ChangedKey = { key: ApiKey; receipt: Receipt }

export type KeyEdit = { [Field in keyof store.ApiKeyEdit]?: ApiKey[Field] | undefined }

/** What a form shows of a key in order to edit it. */
export const editablePartOf = ({ name, scopes, expiresAt, ownerId, metadata }: ApiKey) => ({
  name,
  scopes,
  expiresAt,
  ownerId,
  metadata,
})

/**
 * Changes what is given and nothing else. `ifMatch` is the etagOf the `editablePartOf` the key, as the caller saw it.
 * @throws {Problem} not_found, or conflict for a revoked key and when `ifMatch` is not what is stored
 */
export async function editKey(
  deps: Deps,
  caller: Caller,
  id: string,
  edit: KeyEdit,
  precondition: Precondition<ApiKey> = {},
): Promise<ChangedKey> {
  authorize(caller.actor, 'keys')
  return changeKey(deps, caller, id, (key) => {
    requireMatch(precondition, editablePartOf(key))
    requireAccepted(precondition, key)
    return edit
  })
}

/**
 * Enables or disables a key. `ifMatch` is the etagOf its `revision`, as the caller saw it.
 * @throws {Problem} not_found, or conflict for a revoked key and when `ifMatch` is not what is stored
 */
export async function setEnabled(
  deps: Deps,
  caller: Caller,
  id: string,
  { enabled, ...precondition }: Precondition & { enabled: boolean },
): Promise<ChangedKey> {
  authorize(caller.actor, 'keys')
  return changeKey(deps, caller, id, ({ revision }) => {
    requireMatch(precondition, { revision })
    return { enabled }
  })
}

/** `editOf` is asked again of each reading: what was made of an older one may take back what came between. */
function changeKey(deps: Deps, caller: Caller, id: string, editOf: (key: ApiKey) => KeyEdit): Promise<ChangedKey> {
  return retryOnConflict(async () => {
    const key = await existingKey(deps, id)
    if (key.revokedAt !== null) throw revokedAlready()
    const edit = editOf(key)
    const environment = await existingEnvironment(deps, key.environmentId)
    const scopes = edit.scopes && checkScopes(edit.scopes, environment)
    const wanted = scopes ? { ...edit, scopes } : edit
    const change = findDifferences(key, wanted)
    const reserved = await reserveRevision(deps, key, { added: [], disabled: !(key.enabled || edit.enabled) })
    const edited: ApiKey = { ...key, ...(change?.after ?? {}), revision: reserved.revision }

    const written = change
      ? await writeEdit(deps, caller, { key, edited, environment, change, at: reserved.committedAt })
      : await raiseRevision(deps, edited)
    if (!written) return CHANGED_MEANWHILE
    // The ledger replays this flag into a restored D1, so it must not hold it before the edit is committed.
    if (key.enabled && !edited.enabled) deps.background(markDisabled(deps, edited))
    const commit = { ...reserved, boundMs: environment.bounds.maxStalenessMs }
    return { key: edited, receipt: createReceipt(commit, { pending: false }) }
  })
}

type WrittenEdit = {
  key: ApiKey
  edited: ApiKey
  environment: Environment
  change: { before: Snapshot; after: Snapshot }
  at: number
}

function writeEdit(
  deps: Deps,
  caller: Caller,
  { key, edited, environment, change, at }: WrittenEdit,
): Promise<boolean> {
  const event = createAuditEvent({ id: newId('event'), at }, caller, {
    action: `${kindOf(key.id)}.updated`,
    ...subjectOf(key),
    ...change,
  })
  const { revision } = edited
  return store.updateApiKey(deps.db, { key, revision, environment, edit: change.after }, event)
}

/** There is nothing to write; but some isolates may remember the key otherwise, from before D1 was restored. */
async function raiseRevision(deps: Deps, { id, revision }: ApiKey): Promise<true> {
  await runBatch(deps.db, [buildRevisionRaise([{ keyId: id, revision, disabled: false }])])
  return true
}

/**
 * Tells the ledger that the key's record is about to change, before it does: from then on no lease answers from what was
 * read before, and the change must have the revision that comes back. `added` are the prefixes that the change brings:
 * filed under the key before they exist, so that a revocation beside the change covers them.
 * @throws {Problem} conflict when the ledger knows the key as revoked, unavailable when nothing has happened
 */
async function reserveRevision(
  deps: Deps,
  { id, environmentId, revision, secrets }: ApiKey,
  { added, disabled }: { added: string[]; disabled: boolean },
): Promise<RecordAnswer> {
  const prefixes = [...secrets.map(({ prefix }) => prefix), ...added]
  const change = {
    kind: 'edit' as const,
    keyId: id,
    secrets: prefixes.map(secretSubjectOf),
    revision: revision + 1,
    disabled,
  }
  const answer = await recordChange(deps, change, environmentId)
  if (answer.revoked) throw revokedAlready()
  return answer
}

/** Lets the ledger know that the edit of this revision has disabled the key. */
const markDisabled = (deps: Deps, { id, revision }: ApiKey): Promise<RecordAnswer> =>
  recordChange(deps, { kind: 'disabled', keyId: id, revision }, null)

export type Rotation = { key: ApiKey; token: string; previous: { prefix: string; expiresAt: number } }

/**
 * A new secret for the same key. The one before works for `overlapSeconds` more, any older one no longer.
 * Never lengthens a life and never revives. `ifMatch` is the etagOf the `prefix` of its newest secret, as the caller saw it.
 * @throws {Problem} not_found, or conflict unless the key is active and when `ifMatch` is not what is stored
 */
export async function rotateKey(
  deps: Deps,
  caller: Caller,
  id: string,
  { overlapSeconds }: { overlapSeconds: number },
  { seal = storeNothing, ...precondition }: Precondition<ApiKey> & { seal?: SealResponse<Rotation> } = {},
): Promise<Rotation> {
  authorize(caller.actor, 'keys')
  return retryOnConflict(async () => {
    const key = await existingKey(deps, id)
    requireMatch(precondition, { prefix: key.prefix })
    requireAccepted(precondition, key)
    planOrRefuse(key, overlapSeconds, deps.clock())
    // Events are listed by their ids, which tell when they were made: before one of a revocation that overtakes this.
    const eventId = newId('event')
    const mintKey = await getMintKey(deps)
    const { token, prefix } = await mintToken(brandOf(deps, kindOf(id)), mintKey, deps.random)
    const secret = { prefix, hash: await sha256Hex(token) }
    const reserved = await reserveRevision(deps, key, { added: [prefix], disabled: false })
    const { revision, revokedBelow, committedAt: at } = reserved
    const previous = planOrRefuse(key, overlapSeconds, at)
    const event = createAuditEvent({ id: eventId, at }, caller, {
      action: `${kindOf(id)}.rotated`,
      ...subjectOf(key),
      before: { prefix: previous.prefix },
      after: { prefix, previousExpiresAt: previous.expiresAt },
    })
    const live = { prefix, createdAt: at, expiresAt: null }
    const made = {
      key: { ...key, prefix, secrets: isExpired(previous, at) ? [live] : [live, previous], revision },
      token,
      previous: { prefix: previous.prefix, expiresAt: previous.expiresAt },
    }
    const ends = { prefix: previous.prefix, expiresAt: overlapSeconds === 0 ? 0 : previous.expiresAt }
    const rotation = { key, revision, secret, mintKey, previous: ends, revokedBelow }
    const rotated = await store.rotateSecrets(deps.db, rotation, { event, response: await seal(made) })
    // Not read again: whatever happens now, the token that was committed is handed over.
    return rotated ? made : CHANGED_MEANWHILE
  })
}

/** What a rotation at that moment makes of the newest secret. @throws {Problem} conflict unless the key is active */
function planOrRefuse(key: ApiKey, overlapSeconds: number, at: number): Secret & { expiresAt: number } {
  const plan = planRotation(key, overlapSeconds, at)
  if (!plan.possible) throw new Problem('conflict', `This key is ${plan.status}. Only an active key can be rotated.`)
  return plan.previous
}

/** @throws {Problem} not_found */
export async function existingKey({ db, clock }: Pick<Deps, 'db' | 'clock'>, id: string): Promise<ApiKey> {
  const key = await store.findApiKey(db, id, clock())
  if (!key) throw notFound(kindOf(id))
  return key
}

const brandOf = ({ config }: Pick<Deps, 'config'>, kind: KeyKind) =>
  kind === 'credential' ? clientSecretBrandOf(config.brand) : config.brand

/** What an audit event about this key is filed under. */
export const subjectOf = ({ id, environmentId, projectId }: ApiKey) => ({ keyId: id, environmentId, projectId })

/** @throws {Problem} invalid_request, naming every scope that is not in the catalogue or is required and missing */
function checkScopes(scopes: string[], { scopes: catalogue }: Environment): string[] {
  const complaints = findScopeFaults(scopes, catalogue)
  if (complaints.length === 0) return orderScopes(scopes, catalogue)
  const faults = complaints.map((complaint) =>
    complaint.kind === 'unknown'
      ? { path: `scopes.${complaint.index}`, message: `"${complaint.scope}" is not in the environment's catalogue` }
      : { path: 'scopes', message: `"${complaint.scope}" is required in this environment` },
  )
  throw new Problem('invalid_request', "The scopes do not fit the environment's catalogue.", { faults })
}
