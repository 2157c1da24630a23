// SHA-256, the only form in which a token is stored or looked for; and the one comparison of a secret as it is.
import { Buffer } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'

const UTF_8 = new TextEncoder()

/** SHA-256 of the text's UTF-8 bytes as 64 lower-case hexadecimal characters. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', UTF_8.encode(text))
  return Buffer.from(digest).toString('hex')
}

/**
 * Whether the text presented is the secret, in time that depends on how long it is and on nothing else: another length
 * than the secret's is compared all the same, with itself.
 */
export function isEqualInConstantTime(presented: string, secret: string): boolean {
  const left = UTF_8.encode(presented)
  const right = UTF_8.encode(secret)
  const sameLength = left.length === right.length
  return timingSafeEqual(left, sameLength ? right : left) && sameLength
}
