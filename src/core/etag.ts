// Entity tags (RFC 9110 §8.8.3): a caller states one to say which version its change was made from.
import { createHash } from 'node:crypto'

/** The tag of a value. Values that are equal as JSON have the same one, whatever the order of their members. */
export const etagOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, ETAG_LENGTH)

/** JSON with the members of every object sorted, because their order has no meaning. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  ) ?? 'null'

/** 22 characters of base64url hold 132 bits: two versions of one record do not share a tag by chance. */
const ETAG_LENGTH = 22
