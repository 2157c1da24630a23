// Tokens that nobody was given.

import { crc32 } from 'node:zlib'
import { encodeBase62, generateBase62 } from '../../src/core/base62.ts'
import { computeTag, TAG_LENGTH } from '../../src/core/mint-tag.ts'
import { CHECKSUM_LENGTH, PREFIX_LENGTH, SECRET_LENGTH } from '../../src/core/token.ts'
import type { Deps } from '../../src/service/deps.ts'
import { getMintKey } from '../../src/service/mint-keys.ts'

const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))

/** What a stranger can make: well-formed, with a right checksum, of a prefix that may be known. */
export function aMadeUpToken(brand = 'nsl', prefix = generateBase62(PREFIX_LENGTH, random)): string {
  const body = `${brand}_${prefix}_${generateBase62(SECRET_LENGTH, random)}`
  return body + encodeBase62(crc32(body), CHECKSUM_LENGTH)
}

/** A token with a right tag that is stored nowhere: of a database that was restored, or by someone who knows the mint key. */
export async function aLostToken(deps: Deps, brand = 'nsl', prefix?: string): Promise<string> {
  const mintKey = await getMintKey(deps)
  const untagged = aMadeUpToken(brand, prefix).slice(0, -TAG_LENGTH - CHECKSUM_LENGTH)
  const body = untagged + (await computeTag(mintKey, untagged))
  return body + encodeBase62(crc32(body), CHECKSUM_LENGTH)
}
