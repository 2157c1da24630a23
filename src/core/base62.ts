// Text in the alphabet of tokens, 0-9A-Za-z: random text and fixed-width numbers. Nothing is decoded.
import type { RandomBytes } from './ports.ts'

/**
 * Random text of `length` characters, each of the 62 equally likely.
 * Bytes of 248 and above are discarded: 248 = 4 × 62, so the remainder favours no character.
 */
export function generateBase62(length: number, random: RandomBytes): string {
  let text = ''
  while (text.length < length) {
    for (const byte of random(length - text.length)) {
      if (byte < UNBIASED_BYTES) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}

/** A non-negative integer in base62, most significant digit first, left-padded with `0` to `width`. */
export function encodeBase62(value: number, width: number): string {
  let text = ''
  for (let rest = value; rest > 0; rest = Math.floor(rest / ALPHABET.length)) {
    text = ALPHABET[rest % ALPHABET.length] + text
  }
  return text.padStart(width, '0')
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const UNBIASED_BYTES = 248
