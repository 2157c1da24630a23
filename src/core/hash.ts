// SHA-256, the only form in which a token or the root key is ever compared or stored.
import { Buffer } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'

/** SHA-256 of the text's UTF-8 bytes as 64 lower-case hexadecimal characters. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Buffer.from(digest).toString('hex')
}

/** Whether two SHA-256 hex digests are equal, in time that does not depend on where they differ. */
export function equalDigests(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))
}
