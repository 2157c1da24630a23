// The token a client sends: <brand>_<prefix>_<secret><checksum>. Minting and strict reading; no I/O.
// The checksum refuses typing errors and garbage before any store is asked. It is not authentication.
import { crc32 } from 'node:zlib'
import { encodeBase62, generateBase62 } from './base62.ts'
import { computeTag, type MintKey, TAG_LENGTH } from './mint-tag.ts'
import type { RandomBytes } from './ports.ts'

export const PREFIX_LENGTH = 8
/** 35 random characters, which hold 208 bits, and a keyed tag of 8. */
export const SECRET_LENGTH = 43
/** The largest CRC-32, 2³² − 1, has 6 base62 digits. */
export const CHECKSUM_LENGTH = 6

export const BRAND_PATTERN = /^[a-z][a-z0-9]{1,9}$/

/** A new token and its public prefix. Only a hash of the token is stored, so it cannot be shown again. */
export async function mintToken(
  brand: string,
  mintKey: Pick<MintKey, 'key'>,
  random: RandomBytes,
): Promise<{ token: string; prefix: string }> {
  const prefix = generateBase62(PREFIX_LENGTH, random)
  const untagged = `${brand}_${prefix}_${generateBase62(SECRET_LENGTH - TAG_LENGTH, random)}`
  const body = untagged + (await computeTag(mintKey, untagged))
  return { token: body + checksumOf(body), prefix }
}

/** Whether the token, which must be well-formed, has the tag that the mint key gives it. */
export async function isMintedWith(mintKey: Pick<MintKey, 'key'>, token: string): Promise<boolean> {
  const untagged = token.slice(0, -TAG_LENGTH - CHECKSUM_LENGTH)
  return token.startsWith(await computeTag(mintKey, untagged), untagged.length)
}

/**
 * The prefix of a token of this brand.
 * Null unless length, alphabet, brand and checksum are exact: nothing is trimmed, and case matters.
 */
export function parseToken(token: string, brand: string): { prefix: string } | null {
  if (token.length !== brand.length + FIXED_LENGTH || !token.startsWith(`${brand}_`)) return null
  const rest = token.slice(brand.length + 1)
  if (!TOKEN_REST.test(rest)) return null

  const body = token.slice(0, -CHECKSUM_LENGTH)
  return token.endsWith(checksumOf(body)) ? { prefix: rest.slice(0, PREFIX_LENGTH) } : null
}

/** The brand of management keys: the API keys' brand and `m`, so that neither kind parses as the other. */
export const managementBrandOf = (brand: string) => `${brand}m`

/** The brand of client secrets: the API keys' brand and `s`. They obtain access tokens and are not accepted as keys. */
export const clientSecretBrandOf = (brand: string) => `${brand}s`

const checksumOf = (body: string) => encodeBase62(crc32(body), CHECKSUM_LENGTH)

const FIXED_LENGTH = 1 + PREFIX_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH
// In JavaScript, `$` without the m flag matches only at the very end, so a trailing newline is refused.
const TOKEN_REST = /^[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/
