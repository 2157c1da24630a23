// Ending access tokens before their time: one by its `jti`, or all that a credential has obtained. The ledger first, as with
// revocations; then D1 and KV, which deny when the ledger cannot be asked.
import type { AccessTokenClaims } from '../core/access-token.ts'
import { authorize, type Caller } from '../core/actor.ts'
import type { ApiKey } from '../core/api-key.ts'
import { createAuditEvent } from '../core/audit.ts'
import { idOfUuid, newId } from '../core/ids.ts'
import { secretSubjectOf, tokenSubjectOf } from '../core/ledger-messages.ts'
import { Problem, revokedAlready } from '../core/problem.ts'
import { createReceipt } from '../core/receipt.ts'
import { type Finding, findEvidence } from '../edge/freshness.ts'
import type { TokenIdentity } from '../edge/isolate.ts'
import { syncSubjects } from '../edge/renewal.ts'
import { askStore } from '../edge/store-answer.ts'
import { endTokensInDatabase } from '../store/api-keys.ts'
import { isTokenEnded, writeTokenEnding } from '../store/tombstones.ts'
import type { ClientRecord } from '../store/verification-records.ts'
import { existingEnvironment } from './change-environment.ts'
import type { Deps } from './deps.ts'
import { type ChangedKey, existingKey, subjectOf } from './keys.ts'
import { type Precondition, requireAccepted } from './precondition.ts'
import { recordChange } from './record-change.ts'
import { clientSourceOf } from './record-sources.ts'

/** An ended token is remembered for so long after its `exp`: nobody's clock is off by more. */
const LEEWAY_MS = 24 * 3_600_000
const KV_TIMEOUT_MS = 1000
/** Other tokens of the credential may end while the ledger is asked about this one. */
const MAX_TRIES = 3
const KV_WRITE_TIMEOUT_MS = 5000

/**
 * Ends one access token, whose claims a signature of ours vouches for; again changes nothing.
 * @throws {Problem} forbidden; unavailable when not every store has it yet: send the request again
 */
export async function endToken(deps: Deps, caller: Caller, claims: AccessTokenClaims): Promise<void> {
  const { client_id: keyId, jti, environment_id: environmentId, project_id: projectId } = claims
  authorize(caller.actor, 'end_tokens', { environmentId: caller.actor.environmentId, keyId })
  const expiresAt = claims.exp * 1000
  const endsAt = expiresAt + LEEWAY_MS
  if (endsAt < deps.clock()) return
  const secrets = [secretSubjectOf(claims.secret_prefix)]
  const change = { kind: 'end-token' as const, keyId, secrets, jti, expiresAt }
  const { committedAt: at } = await recordChange(deps, change, environmentId)

  const event = createAuditEvent({ id: idOfUuid('event', jti), at }, caller, {
    action: 'credential.token_ended',
    projectId,
    environmentId,
    keyId,
    after: { jti, expiresAt },
  })
  const written = writeTokenEnding(deps.revocations, jti, { endedAt: at, endsAt })
  const noted = await askStore(deps, written, KV_WRITE_TIMEOUT_MS)
  await endTokensInDatabase(deps.db, { keyId, revokedBelow: null, tokensEndedUntil: endsAt }, event)
  if (!noted.answered)
    throw new Problem('unavailable', 'The token is ended, but not every store has it yet. Try again.')
}

/**
 * Ends every access token that the credential has obtained so far. Those it obtains from now on are not covered.
 * @throws {Problem} not_found, conflict for a revoked credential, unavailable: send the request again
 */
export async function endAllTokens(
  deps: Deps,
  caller: Caller,
  id: string,
  precondition: Precondition<ApiKey> = {},
): Promise<ChangedKey> {
  authorize(caller.actor, 'end_tokens', { environmentId: caller.actor.environmentId, keyId: id })
  const key = await existingKey(deps, id)
  requireAccepted(precondition, key)
  const { bounds } = await existingEnvironment(deps, key.environmentId)
  const secrets = key.secrets.map(({ prefix }) => secretSubjectOf(prefix))
  const change = { kind: 'end-tokens' as const, keyId: id, secrets, revision: key.revision + 1 }
  const reserved = await recordChange(deps, change, key.environmentId)
  if (reserved.revoked) throw revokedAlready()

  const { revision, committedAt } = reserved
  const event = createAuditEvent({ id: newId('event'), at: committedAt }, caller, {
    action: 'credential.tokens_ended',
    ...subjectOf(key),
  })
  await endTokensInDatabase(deps.db, { keyId: id, revokedBelow: revision, tokensEndedUntil: null }, event)
  const receipt = createReceipt({ ...reserved, boundMs: bounds.maxStalenessMs }, { pending: false })
  return { key: { ...key, revision, tokensFromRevision: revision }, receipt }
}

export type TokenEvidence = { remembered: Finding<ClientRecord>; isEnded: boolean }

/**
 * What is known of the credential behind the token, and whether the token was ended before its time. The ledger is asked about
 * a token only where tokens of its credential were ended one by one; what it says is remembered under the lease.
 */
export async function findTokenEvidence(
  deps: Deps,
  claims: AccessTokenClaims,
  maxStalenessMs: number,
): Promise<TokenEvidence> {
  const find = () => findEvidence(deps, clientSourceOf(deps, claims.secret_prefix), maxStalenessMs)
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    // Asked again each time, because it must be as fresh as what was heard of the token: under the lease that came with that.
    const remembered = await find()
    if (remembered.state !== 'found' || remembered.revoked) return { remembered, isEnded: false }
    const identity = identify(claims, remembered.record)
    if (remembered.freshness.source === 'grace') return decideInGrace(deps, remembered, identity)
    const isEnded = deps.isolate.isTokenEnded(identity, deps.clock())
    if (isEnded !== null) return { remembered, isEnded }
    await askAboutToken(deps, identity.jti)
  }
  return UNKNOWN
}

async function askAboutToken(deps: Deps, jti: string): Promise<void> {
  const [, tombstone] = await Promise.all([
    syncSubjects(deps, null, [tokenSubjectOf(jti)]),
    askStore(deps, isTokenEnded(deps.revocations, jti), KV_TIMEOUT_MS),
  ])
  if (tombstone.answered && tombstone.answer) deps.isolate.learnTokenEnded(jti)
}

/** Without the ledger: only where KV answers, and does not say that the token was ended. */
async function decideInGrace(
  deps: Deps,
  remembered: Finding<ClientRecord>,
  token: TokenIdentity,
): Promise<TokenEvidence> {
  const isKnown = deps.isolate.isTokenEnded(token, deps.clock()) === true
  const tombstone = await askStore(deps, isTokenEnded(deps.revocations, token.jti), KV_TIMEOUT_MS)
  if (!isKnown && !tombstone.answered) return UNKNOWN
  return { remembered, isEnded: isKnown || (tombstone.answered && tombstone.answer) }
}

const identify = ({ jti, credential_revision }: AccessTokenClaims, { keyId, secret }: ClientRecord): TokenIdentity => ({
  jti,
  credentialId: keyId,
  credentialRevision: credential_revision,
  fromRevision: secret.tokensFromRevision ?? 0,
  endedUntil: secret.tokensEndedUntil ?? 0,
})

const UNKNOWN: TokenEvidence = { remembered: { state: 'unknown' }, isEnded: false }
