// The keyed tag in every token we issue (HMAC-SHA-256, RFC 2104). It tells tokens that were issued here from those that were
// made up, without asking a store. It is no authentication: who knows the mint key can only make us look something up.
import { Buffer } from 'node:buffer'
import { encodeBase62 } from './base62.ts'

export const TAG_LENGTH = 8

/** `secret` is the key as it is stored, 64 hex characters. */
export type MintKey = { id: string; secret: string; createdAt: number; key: CryptoKey }

/** The mint key of a stored secret. */
export async function importMintKey(stored: Omit<MintKey, 'key'>): Promise<MintKey> {
  const bytes = Buffer.from(stored.secret, 'hex')
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return { ...stored, key }
}

/** The tag of a token whose text begins with `body`: 8 base62 characters. */
export async function computeTag({ key }: Pick<MintKey, 'key'>, body: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(body))
  return encodeBase62(Number(new DataView(mac).getBigUint64(0) % TAGS), TAG_LENGTH)
}

/** As many as 8 base62 characters can tell apart. */
const TAGS = 62n ** BigInt(TAG_LENGTH)
