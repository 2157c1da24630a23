// Signing keys: made when they are first needed, replaced on schedule, sealed under a key derived from ROOT_KEY.
import { calculateJwkThumbprint, importJWK } from 'jose'
import { Problem } from '../core/problem.ts'
import type { PublicJwk, SigningKey } from '../core/signing-key.ts'
import { findSigner, planNextKey, planTerm } from '../core/signing-key.ts'
import type { Signer } from '../edge/keyring.ts'
import { DATABASE_TIMEOUT_MS } from '../edge/store-answer.ts'
import { DeadlineExceeded } from '../store/deadline.ts'
import { addSigningKey, findPublishedKeys } from '../store/signing-keys.ts'
import type { Deps } from './deps.ts'
import { getSeal, type Seal } from './seal.ts'

type KeyDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'isolate' | 'deadline'>

/** How long a signer is used before the keys are read again: another isolate may have made a newer one. */
const REMEMBERED_MS = 300_000

/** The key that signs now; the first who needs one makes it. @throws {Problem} unavailable */
export async function getSigner(deps: KeyDeps): Promise<Signer> {
  const { isolate, clock } = deps
  const now = clock()
  const known = isolate.keyring.signer
  if (known && now < known.signsUntil && now >= known.readAt && now - known.readAt < REMEMBERED_MS) return known

  const seal = await getSeal(deps.config)
  const key = findSigner(await ensureKeys(deps, seal), seal.id, clock())
  if (key === null) throw new Problem('unavailable', 'No key signs at the moment. Send the request again.')
  const signer = { kid: key.kid, key: await seal.unseal(key), signsUntil: key.signsUntil, readAt: now }
  isolate.keyring.signer = signer
  return signer
}

/** The public key of that id; null when none is published under it. @throws {Problem} unavailable */
export async function findPublicKey(deps: KeyDeps, kid: string): Promise<CryptoKey | null> {
  const { isolate, clock } = deps
  const { publicKeys } = isolate.keyring
  const known = publicKeys.get(kid)
  if (known && clock() < known.publishedUntil) return known.key

  for (const { kid: id, publicKey: jwk, publishedUntil } of await readKeys(deps)) {
    publicKeys.set(id, { key: await importPublic(jwk), publishedUntil })
  }
  const found = publicKeys.get(kid)
  return found && clock() < found.publishedUntil ? found.key : null
}

/** The published keys as a JWK Set (RFC 7517), with the one that will sign next. @throws {Problem} unavailable */
export async function readJwkSet(deps: Pick<Deps, 'db' | 'clock' | 'deadline'>) {
  const keys = await readKeys(deps)
  return { keys: keys.map(({ kid, publicKey: jwk }) => ({ ...jwk, kid, use: 'sig', alg: 'EdDSA' })) }
}

/** Makes a successor when one is due; nothing where no key was ever needed. */
export async function renewSigningKeys(deps: KeyDeps): Promise<void> {
  const keys = await readKeys(deps)
  if (keys.length > 0) await addDueKey(deps, keys, await getSeal(deps.config))
}

async function ensureKeys(deps: KeyDeps, seal: Seal): Promise<SigningKey[]> {
  const keys = await readKeys(deps)
  return (await addDueKey(deps, keys, seal)) ? readKeys(deps) : keys
}

/** @throws {Problem} unavailable, also when D1 hangs */
function readKeys({ db, clock, deadline }: Pick<Deps, 'db' | 'clock' | 'deadline'>): Promise<SigningKey[]> {
  return deadline(findPublishedKeys(db, clock()), DATABASE_TIMEOUT_MS).catch((cause: unknown) => {
    if (!(cause instanceof DeadlineExceeded)) throw cause
    throw new Problem('unavailable', 'The database did not answer in time.', { cause })
  })
}

async function addDueKey({ db, clock }: KeyDeps, keys: SigningKey[], seal: Seal): Promise<boolean> {
  const now = clock()
  const signsFrom = planNextKey(keys, seal.id, now)
  if (signsFrom === null) return false
  await addSigningKey(db, { ...(await generateSealedKey(seal)), createdAt: now, ...planTerm(signsFrom) })
  return true
}

async function generateSealedKey(seal: Seal) {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error('Ed25519 makes pairs')
  const { x = '' } = await exportJwk(pair.publicKey)
  const publicKey: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x }
  const kid = await calculateJwkThumbprint(publicKey)
  return { kid, publicKey, privateKey: await seal.seal(pair.privateKey, kid), sealedBy: seal.id }
}

/** The format decides the type: a JWK is never bytes. */
const exportJwk = async (key: CryptoKey) => (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey

async function importPublic(jwk: PublicJwk): Promise<CryptoKey> {
  const key = await importJWK(jwk, 'EdDSA')
  if (!(key instanceof CryptoKey)) throw new Error('a public key that is no key')
  return key
}
