// What the model knows of the tokens there are: whose they are, and when they were made.
import { crc32 } from 'node:zlib'
import { decodeJwt } from 'jose'
import type { KeyKind } from '../../src/core/api-key.ts'
import { encodeBase62, generateBase62 } from '../../src/core/base62.ts'
import { computeTag, type MintKey, TAG_LENGTH } from '../../src/core/mint-tag.ts'
import type { RandomBytes } from '../../src/core/ports.ts'
import { CHECKSUM_LENGTH, clientSecretBrandOf, SECRET_LENGTH } from '../../src/core/token.ts'

/** A stretch of true time. What is not over yet, or not known to be, ends never. */
export type Span = { start: number; end: number }

export type Key = { id: string; environment: number; kind: KeyKind }

/** A secret of a key. `making`: from the request that makes it to its answer. */
export type Secret = {
  prefix: string
  environment: number
  making: Span
  /** Null until the answer says which key it belongs to. */
  key: Key | null
  /** The `createdAt` that the answer gave. */
  issuedAt: number | null
}

/** What a holder presents: the secret itself, or an access token that was issued for it. */
export type Token = {
  /** Its prefix, or the `jti` of an access token. */
  id: string
  text: string
  secret: Secret
  making: Span
  claims: { iat: number; exp: number } | null
}

export const newSpan = (start: number): Span => ({ start, end: Number.POSITIVE_INFINITY })

export const isMade = ({ making }: { making: Span }) => Number.isFinite(making.end)

export const isOfKey = ({ secret }: Token, key: Key) => secret.key?.id === key.id

export const brandOf = (brand: string, kind: KeyKind) => (kind === 'credential' ? clientSecretBrandOf(brand) : brand)

export function toAccessToken(text: string, secret: Secret, making: Span): Token {
  const { jti, iat, exp } = decodeJwt(text)
  if (jti === undefined || iat === undefined || exp === undefined) throw new Error('an access token has these claims')
  return { id: jti, text, secret, making, claims: { iat, exp } }
}

/** A token of a public prefix, by somebody who knows the mint key: all is right but the secret. */
export async function forgeToken(
  brand: string,
  prefix: string,
  random: RandomBytes,
  mintKey: MintKey,
): Promise<string> {
  const untagged = `${brand}_${prefix}_${generateBase62(SECRET_LENGTH - TAG_LENGTH, random)}`
  const body = untagged + (await computeTag(mintKey, untagged))
  return body + encodeBase62(crc32(body), CHECKSUM_LENGTH)
}
