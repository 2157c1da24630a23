// Signing keys: made when they are first needed, replaced on schedule, sealed under a key derived from ROOT_KEY. The public
// ones are remembered: a stranger can make up key ids and ask for the key set as often as they like.
import { calculateJwkThumbprint, importJWK } from 'jose'
import { Problem } from '../core/problem.ts'
import type { PublicJwk, SigningKey, TokenAlgorithm } from '../core/signing-key.ts'
import { algorithmOf, findSigner, planNextKey, planTerm } from '../core/signing-key.ts'
import type { PublishedKey, PublishedKeys, Signer } from '../edge/keyring.ts'
import { DATABASE_TIMEOUT_MS, isWithin } from '../edge/store-answer.ts'
import { DeadlineExceeded } from '../store/deadline.ts'
import { addSigningKey, findPublishedKeys } from '../store/signing-keys.ts'
import type { Deps } from './deps.ts'
import { getSeal, type Seal } from './seal.ts'

type ReadDeps = Pick<Deps, 'db' | 'clock' | 'isolate' | 'deadline' | 'background'>
type KeyDeps = ReadDeps & Pick<Deps, 'config'>

/** How long a signer is used before the keys are read again: another isolate may have made a newer one. */
const SIGNER_REMEMBERED_MS = 300_000
/** How old a key set may be that is published, and how often the keys are read again for ids that nobody has. */
export const KEY_SET_REMEMBERED_MS = 5000

/** The key that signs now; the first who needs one makes it. @throws {Problem} unavailable */
export async function getSigner(deps: KeyDeps): Promise<Signer> {
  const { isolate, clock, config } = deps
  const now = clock()
  const known = isolate.keyring.signer
  if (known && now < known.signsUntil && isWithin(now - known.readAt, SIGNER_REMEMBERED_MS - 1)) return known

  const seal = await getSeal(config)
  const algorithm = config.accessTokenAlgorithm
  const key = findSigner(await ensureKeys(deps, seal), { sealedBy: seal.id, algorithm }, clock())
  if (key === null) throw new Problem('unavailable', 'No key signs at the moment. Send the request again.')
  const signer = { kid: key.kid, algorithm, key: await seal.unseal(key), signsUntil: key.signsUntil, readAt: now }
  isolate.keyring.signer = signer
  return signer
}

/**
 * The published key of that id; null when there is none. An id that is not remembered is looked up at once, unless another
 * one was looked up in vain within the last KEY_SET_REMEMBERED_MS. @throws {Problem} unavailable
 */
export async function findPublicKey(deps: ReadDeps, kid: string): Promise<PublishedKey | null> {
  const { clock } = deps
  const { keyring } = deps.isolate
  const known = findPublished(keyring.published, kid, clock())
  if (known) return known
  if (keyring.missedAt !== null && isWithin(clock() - keyring.missedAt, KEY_SET_REMEMBERED_MS - 1)) return null

  const found = findPublished(await sharePublishedKeys(deps), kid, clock())
  if (found === null) keyring.missedAt = clock()
  return found
}

/** The published keys as a JWK Set (RFC 7517), with the one that will sign next. @throws {Problem} unavailable */
export async function readJwkSet(deps: ReadDeps) {
  const { isolate, clock } = deps
  const known = isolate.keyring.published
  const isRecent = known !== null && isWithin(clock() - known.readAt, KEY_SET_REMEMBERED_MS - 1)
  const { keys } = isRecent ? known : await sharePublishedKeys(deps)
  const now = clock()
  const published = [...keys].filter(([, { publishedUntil }]) => now < publishedUntil)
  return { keys: published.map(([kid, { jwk, algorithm }]) => ({ ...jwk, kid, use: 'sig', alg: algorithm })) }
}

/** Makes a successor when one is due; nothing where no key was ever needed. */
export async function renewSigningKeys(deps: KeyDeps): Promise<void> {
  const keys = await readKeys(deps)
  if (keys.length > 0 && (await addDueKey(deps, keys, await getSeal(deps.config)))) await readKeys(deps)
}

async function ensureKeys(deps: KeyDeps, seal: Seal): Promise<SigningKey[]> {
  const keys = await readKeys(deps)
  return (await addDueKey(deps, keys, seal)) ? readKeys(deps) : keys
}

function findPublished(published: PublishedKeys | null, kid: string, now: number): PublishedKey | null {
  const key = published?.keys.get(kid)
  return key !== undefined && now < key.publishedUntil ? key : null
}

/** The published keys as one read gives them to all who need them meanwhile. @throws {Problem} unavailable */
function sharePublishedKeys(deps: ReadDeps): Promise<PublishedKeys> {
  const { keyring } = deps.isolate
  const now = deps.clock()
  // A read of a request that has ended may never be answered.
  const isUnderWay = keyring.reading !== null && isWithin(now - keyring.reading.begunAt, DATABASE_TIMEOUT_MS - 1)
  const reading = keyring.reading !== null && isUnderWay ? keyring.reading : startReading(deps, now)
  return orUnavailable(deps.deadline(reading.published, DATABASE_TIMEOUT_MS))
}

function startReading(deps: ReadDeps, begunAt: number) {
  const { keyring } = deps.isolate
  const reading = { begunAt, published: readAndRemember(deps).then(({ published }) => published) }
  keyring.reading = reading
  const end = () => {
    if (keyring.reading === reading) keyring.reading = null
  }
  // A failure is thrown to the requests that wait for the keys. Here it only ends the read.
  deps.background(reading.published.then(end, end))
  return reading
}

const readKeys = async (deps: ReadDeps): Promise<SigningKey[]> => (await readAndRemember(deps)).keys

/** Every published key. The isolate remembers the public ones. @throws {Problem} unavailable, also when D1 hangs */
async function readAndRemember(deps: ReadDeps): Promise<{ keys: SigningKey[]; published: PublishedKeys }> {
  const { keyring } = deps.isolate
  const readAt = deps.clock()
  const keys = await orUnavailable(deps.deadline(findPublishedKeys(deps.db, readAt), DATABASE_TIMEOUT_MS))
  const entries = keys.map(async (key) => [key.kid, await toPublished(key)] as const)
  const published = { keys: new Map(await Promise.all(entries)), readAt }
  if (keyring.published === null || keyring.published.readAt <= readAt) keyring.published = published
  return { keys, published }
}

function orUnavailable<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    if (!(cause instanceof DeadlineExceeded)) throw cause
    throw new Problem('unavailable', 'The database did not answer in time.', { cause })
  })
}

async function toPublished({ publicKey: jwk, publishedUntil }: SigningKey): Promise<PublishedKey> {
  const algorithm = algorithmOf(jwk)
  const key = await importJWK(jwk, algorithm)
  if (!(key instanceof CryptoKey)) throw new Error('a public key that is no key')
  return { jwk, algorithm, key, publishedUntil }
}

async function addDueKey({ db, clock, config }: KeyDeps, keys: SigningKey[], seal: Seal): Promise<boolean> {
  const now = clock()
  const algorithm = config.accessTokenAlgorithm
  const signsFrom = planNextKey(keys, { sealedBy: seal.id, algorithm }, now)
  if (signsFrom === null) return false
  await addSigningKey(db, { ...(await generateSealedKey(seal, algorithm)), createdAt: now, ...planTerm(signsFrom) })
  return true
}

async function generateSealedKey(seal: Seal, algorithm: TokenAlgorithm) {
  const pair = await crypto.subtle.generateKey(GENERATED[algorithm], true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error('signing keys come in pairs')
  const publicKey = await exportPublic(pair.publicKey)
  const kid = await calculateJwkThumbprint(publicKey)
  return { kid, publicKey, privateKey: await seal.seal(pair.privateKey, kid), sealedBy: seal.id }
}

async function exportPublic(key: CryptoKey): Promise<PublicJwk> {
  // The format decides the type: a JWK is never bytes.
  const { kty, x = '', n = '', e = '' } = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
  return kty === 'RSA' ? { kty, n, e } : { kty: 'OKP', crv: 'Ed25519', x }
}

/** RFC 7518 §3.3 asks for 2048 bits or more; more would make signing slower and tokens longer. */
const GENERATED = {
  EdDSA: { name: 'Ed25519' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const satisfies Record<TokenAlgorithm, unknown>
