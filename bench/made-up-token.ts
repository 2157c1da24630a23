// Tokens that anybody can make: well-formed, with a right checksum, and never issued.
import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { encodeBase62, generateBase62 } from '../src/core/base62.ts'
import { CHECKSUM_LENGTH, PREFIX_LENGTH, SECRET_LENGTH } from '../src/core/token.ts'

export function makeUpToken(): string {
  const body = `nsl_${generateBase62(PREFIX_LENGTH, randomBytes)}_${generateBase62(SECRET_LENGTH, randomBytes)}`
  return body + encodeBase62(crc32(body), CHECKSUM_LENGTH)
}
