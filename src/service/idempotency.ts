// Idempotency-Key: a request that is sent again gets the response of the first time and has no second effect. The response
// is stored in the transaction of the effect, so there is never one without the other. It is sealed under a key derived
// from the header's value: nobody opens it without sending that value again. See docs/decisions/0013-idempotency-keys.md.
import { base64url, CompactEncrypt, compactDecrypt } from 'jose'
import type { Caller } from '../core/actor.ts'
import { canonicalJson } from '../core/etag.ts'
import { sha256Hex } from '../core/hash.ts'
import { catchUnavailable, Problem } from '../core/problem.ts'
import * as store from '../store/idempotent-responses.ts'
import type { Deps } from './deps.ts'
import { createHkdf } from './hkdf.ts'

/** A request that was sent before gets the same response for so long. */
export const IDEMPOTENCY_LIFETIME_MS = 24 * 3_600_000
/** One run of the sweep deletes at most this many expired responses. */
const DELETED_AT_ONCE = 1000

/** `key` is the value of the header; a retry has the same method, path and body. */
export type IdempotentRequest = { key: string; method: string; path: string; body: unknown }

/** The response to what was made, to be stored in the same transaction; null for a request that has no key. */
export type SealResponse<Made> = (made: Made) => Promise<store.IdempotentResponse | null>

/** For a request without a key: nothing is stored. */
export const storeNothing: SealResponse<unknown> = async () => null

/**
 * `make` hands what it is about to write to `seal`, and what that returns to its transaction. An operation whose effect is
 * not one transaction does not use `seal`; its response is stored afterwards.
 */
export type Work<Made, Body extends object> = {
  make(seal: SealResponse<Made>): Promise<Made>
  render(made: Made): Body
}

export type OnceAnswer<Body> = { body: Body; isReplayed: boolean }

/**
 * The response to the request: the stored one where it was sent before, whatever has become of what it made. A failure is
 * not stored. @throws {Problem} conflict when the key was used for another request, and what `make` throws
 */
export async function respondOnce<Made, Body extends object>(
  deps: Deps,
  caller: Caller,
  request: IdempotentRequest,
  work: Work<Made, Body>,
): Promise<OnceAnswer<Body>> {
  const slot = await deriveSlot(deps, caller, request)
  const stored = await readStored<Body>(deps, slot)
  if (stored !== null) return stored
  try {
    return await makeAndStore(deps, slot, work)
  } catch (error) {
    // The same request may have come twice at once, or D1 may have committed this one and not said so.
    const made = await catchUnavailable(readStored<Body>(deps, slot), null)
    if (made === null) throw error
    return made
  }
}

/** Deletes stored responses that have expired, at most so many that a sweep is not held up. */
export const deleteExpiredResponses = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> =>
  store.deleteExpiredResponses(db, clock(), DELETED_AT_ONCE)

async function makeAndStore<Made, Body extends object>(
  deps: Deps,
  slot: Slot,
  { make, render }: Work<Made, Body>,
): Promise<OnceAnswer<Body>> {
  const sealNow = async (body: Body) => ({
    id: slot.id,
    sealed: await slot.seal(body),
    expiresAt: deps.clock() + IDEMPOTENCY_LIFETIME_MS,
  })
  let stored: Body | null = null
  const made = await make((about) => {
    stored = render(about)
    return sealNow(stored)
  })
  if (stored !== null) return { body: stored, isReplayed: false }

  const body = render(made)
  const isFirst = await catchUnavailable(store.insertResponse(deps.db, await sealNow(body)), true)
  const twin = isFirst ? null : await catchUnavailable(readStored<Body>(deps, slot), null)
  return twin ?? { body, isReplayed: false }
}

async function readStored<Body extends object>({ db, clock }: Deps, slot: Slot): Promise<OnceAnswer<Body> | null> {
  const found = await store.findResponse(db, slot.id)
  if (found === null) return null
  const now = clock()
  if (found.expiresAt > now) return { body: await slot.open<Body>(found.sealed), isReplayed: true }
  await store.deleteExpiredResponse(db, slot.id, now)
  return null
}

/** Where the response to one request of one actor is stored. */
type Slot = {
  id: string
  seal(body: object): Promise<string>
  /** @throws {Problem} conflict when it is the response to another request, or cannot be opened */
  open<Body extends object>(sealed: string): Promise<Body>
}

/**
 * An actor whose role has changed is another one, so that what it may no longer do is judged anew. The id does not depend on
 * ROOT_KEY: with a new one a request that was sent before is refused, rather than having its effect twice.
 */
async function deriveSlot({ config }: Deps, { actor }: Caller, request: IdempotentRequest): Promise<Slot> {
  const { type, id: actorId, role, environmentId } = actor
  const hkdf = await createHkdf(request.key)
  const context = JSON.stringify([type, actorId, role, environmentId])
  const id = base64url.encode(await hkdf.deriveBytes({ salt: 'keyward', info: `id of a response v1 ${context}` }, 32))
  const sealingKey = await hkdf.deriveKey({ salt: config.rootKey, info: `response v1 ${context}` })
  const fingerprint = await sha256Hex(canonicalJson([request.method, request.path, request.body]))
  return {
    id,
    seal: (body) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ fingerprint, body })))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: id })
        .encrypt(sealingKey),
    open: async (sealed) => {
      const opened = await compactDecrypt(sealed, sealingKey).catch(() => null)
      if (opened?.protectedHeader.kid !== id) throw unopened()
      const found = JSON.parse(new TextDecoder().decode(opened.plaintext))
      if (found.fingerprint !== fingerprint) throw usedForAnother()
      return found.body
    },
  }
}

const refuse = (detail: string, message: string) =>
  new Problem('conflict', detail, { faults: [{ path: 'Idempotency-Key', message }] })

const usedForAnother = () =>
  refuse(
    'This Idempotency-Key was used for another request within the last 24 hours. Send a new one.',
    'was used for another request',
  )

const unopened = () =>
  refuse(
    'A request with this Idempotency-Key has been answered, but its response can no longer be opened: ROOT_KEY has changed. Look for what it made, or send a new key.',
    'was used before ROOT_KEY changed',
  )
