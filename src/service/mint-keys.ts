// The mint keys, which tag what we issue, and what is done about tokens that nobody remembers: one without a tag of ours was
// made up, and costs no I/O.
import { importMintKey, type MintKey } from '../core/mint-tag.ts'
import { Problem } from '../core/problem.ts'
import { isMintedWith } from '../core/token.ts'
import type { Finding } from '../edge/freshness.ts'
import type { MintKeys } from '../edge/mint-keyring.ts'
import { askStore, DATABASE_TIMEOUT_MS, isWithin } from '../edge/store-answer.ts'
import { readMintKeys } from '../store/mint-keys.ts'
import type { Deps } from './deps.ts'

type MintDeps = Pick<Deps, 'db' | 'clock' | 'isolate' | 'deadline'>

/**
 * How long the mint keys are remembered before a token that none of them tagged makes us read them again. A key is only ever added
 * by a migration, or by an isolate that outlived a restore of D1.
 */
const REMEMBERED_MS = 60_000
/** How long it is remembered that a token without a tag is nobody's. */
const MISS_MS = 5000
/** Questions about tokens without a tag that an isolate has under way at once. */
const MAX_UNTAGGED_LOOKUPS = 4

/** The key that tags what is issued now. @throws {Problem} unavailable */
export async function getMintKey(deps: MintDeps): Promise<MintKey> {
  const known = deps.isolate.mintKeys.known ?? (await readKeys(deps))
  const [newest] = known?.keys ?? []
  if (newest === undefined) throw new Problem('unavailable', 'The database did not answer. Try again in a few seconds.')
  return newest
}

/**
 * What `find` finds of a token that is not remembered, if one of our mint keys tagged it; nothing for any other, without asking.
 * Tokens that were issued before there were tags are asked about as long as there are any: a few at a time, and a miss is
 * remembered for seconds.
 */
export async function findMinted<R>(
  deps: MintDeps,
  { token, hash }: { token: string; hash: string },
  find: () => Promise<Finding<R>>,
): Promise<Finding<R>> {
  const origin = await findOrigin(deps, token)
  if (origin === 'minted') return find()
  return origin === 'made up' ? { state: 'none' } : findUntagged(deps, hash, find)
}

/** `unknown` where the keys cannot be read, or where tokens without a tag may be ours. */
async function findOrigin(deps: MintDeps, token: string): Promise<'minted' | 'made up' | 'unknown'> {
  const { mintKeys } = deps.isolate
  const first = mintKeys.known ?? (await readKeys(deps))
  if (first === null) return 'unknown'
  if (await isTagged(first, token)) return 'minted'
  const isRecent = mintKeys.known !== null && isWithin(deps.clock() - mintKeys.known.readAt, REMEMBERED_MS)
  const keys = isRecent ? first : await readKeys(deps)
  if (keys !== null && keys !== first && (await isTagged(keys, token))) return 'minted'
  return keys === null || keys.hasUntagged ? 'unknown' : 'made up'
}

async function findUntagged<R>(deps: MintDeps, hash: string, find: () => Promise<Finding<R>>): Promise<Finding<R>> {
  const { mintKeys } = deps.isolate
  const missedAt = mintKeys.misses.get(hash)
  if (missedAt !== undefined && isWithin(deps.clock() - missedAt, MISS_MS)) return { state: 'none' }
  if (mintKeys.untaggedLookups >= MAX_UNTAGGED_LOOKUPS) return { state: 'unknown' }
  mintKeys.untaggedLookups += 1
  try {
    const finding = await find()
    if (finding.state === 'none') mintKeys.misses.set(hash, deps.clock())
    return finding
  } finally {
    mintKeys.untaggedLookups -= 1
  }
}

async function isTagged({ keys }: MintKeys, token: string): Promise<boolean> {
  for (const key of keys) if (await isMintedWith(key, token)) return true
  return false
}

/** The keys, read by one request for all that ask meanwhile; null when D1 does not answer. */
function readKeys(deps: MintDeps): Promise<MintKeys | null> {
  const { mintKeys } = deps.isolate
  mintKeys.reading ??= readAndRemember(deps).finally(() => {
    mintKeys.reading = null
  })
  return mintKeys.reading
}

async function readAndRemember(deps: MintDeps): Promise<MintKeys | null> {
  const reply = await askStore(deps, readMintKeys(deps.db), DATABASE_TIMEOUT_MS)
  if (!reply.answered) return null
  const { stored, hasUntagged } = reply.answer
  const keys = await Promise.all(stored.map(importMintKey))
  // What this isolate has tagged tokens with stays known here, whatever copy of D1 was restored.
  const lost = (deps.isolate.mintKeys.known?.keys ?? []).filter(({ id }) => keys.every((key) => key.id !== id))
  const known = { keys: [...keys, ...lost], hasUntagged, readAt: deps.clock() }
  deps.isolate.mintKeys.known = known
  return known
}
