// SHA-256, the only form in which tokens are stored and looked up, and the comparison of a secret in constant time.
import { Buffer } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'

const UTF_8 = new TextEncoder()

/** SHA-256 of the text's UTF-8 bytes as 64 lower-case hexadecimal characters. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', UTF_8.encode(text))
  return Buffer.from(digest).toString('hex')
}

/**
 * Whether the presented text is the secret. The time depends on the length of that text alone: if the lengths differ it
 * is compared with itself, because returning early would reveal the length of the secret.
 */
export function isEqualInConstantTime(presented: string, secret: string): boolean {
  const left = UTF_8.encode(presented)
  const right = UTF_8.encode(secret)
  const sameLength = left.length === right.length
  return timingSafeEqual(left, sameLength ? right : left) && sameLength
}
