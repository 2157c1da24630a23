// Conditional requests (RFC 9110 §13): the versions of a record that a caller wants to change, or has already.
import { invalidField } from '../core/problem.ts'

/** The opaque tags that a header lists; a weak one keeps its `W/`. `*` is any version. */
type EntityTags = '*' | readonly string[]

export type Conditions = { ifMatch: EntityTags | null; ifNoneMatch: EntityTags | null }

/** @throws {Problem} invalid_request for a header that is no list of entity tags */
export const readConditions = (headers: Headers): Conditions => ({
  ifMatch: readTags(headers, 'If-Match'),
  ifNoneMatch: readTags(headers, 'If-None-Match'),
})

/**
 * Whether a record whose entity tag is `tag`, null when there is no record or it has none, is one that `If-Match` asks for.
 * By the strong comparison of §8.8.3.2, by which a weak tag is equal to nothing.
 */
export function isMatch({ ifMatch }: Conditions, tag: string | null): boolean {
  if (ifMatch === null) return true
  return tag !== null && (ifMatch === '*' || ifMatch.includes(tag))
}

/** Whether `If-None-Match` names the record, by the weak comparison. */
export function isNamed({ ifNoneMatch }: Conditions, tag: string | null): boolean {
  if (ifNoneMatch === null || tag === null) return false
  return ifNoneMatch === '*' || ifNoneMatch.some((listed) => listed.replace(/^W\//, '') === tag)
}

function readTags(headers: Headers, name: string): EntityTags | null {
  const text = headers.get(name)
  if (text === null || text.trim() === '*') return text === null ? null : '*'
  if (!TAG_LIST.test(text)) throw invalidField(name, 'must be * or a list of entity tags, each in double quotes')
  return text.match(TAG) ?? []
}

/** RFC 9110 §8.8.3. A list may have empty places (§5.6.1). */
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g
const TAG_LIST = /^[ \t,]*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t]*(?:,[ \t,]*|$))+$/
