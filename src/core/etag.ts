// The version of a value, as HTTP writes it in an ETag: who states it says what a change was made from.
import { createHash } from 'node:crypto'

/** The same for values that are equal as JSON, whatever the order of their members; 22 characters of base64url. */
export const etagOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, ETAG_LENGTH)

/** JSON with the members of every object in one order, since the order they are written in means nothing. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  ) ?? 'null'

/** 22 characters hold 132 bits: two versions of one record never share them by chance. */
const ETAG_LENGTH = 22
