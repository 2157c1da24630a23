// Ids: TypeIDs, a prefix for the type and a UUIDv7, so that they sort by the time they were made.
import { TypeID, typeid } from 'typeid-js'

export const ID_PREFIXES = {
  project: 'proj',
  environment: 'env',
  key: 'key',
  credential: 'cred',
  managementKey: 'mk',
  event: 'evt',
} as const

export type IdKind = keyof typeof ID_PREFIXES

/** A new id such as `key_01h455vb4pex5vsknk084sn02q`. Ids of one isolate sort in the order they were made. */
export const newId = (kind: IdKind): string => typeid(ID_PREFIXES[kind]).toString()

/** The id that stands for a UUID of something else, so that what it is the id of is made once. */
export const idOfUuid = (kind: IdKind, uuid: string): string => TypeID.fromUUID(ID_PREFIXES[kind], uuid).toString()

/** Whether the text has the form of an id of this kind. */
export const isId = (kind: IdKind, text: string): boolean => idPatternOf(kind).test(text)

/** The pattern of ids of one kind. */
export const idPatternOf = (kind: IdKind): RegExp => PATTERNS[kind]

const patternOf = (kind: IdKind) => new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-z]{26}$`)

/** Compiled once, because every verification tests an id. */
const PATTERNS: Record<IdKind, RegExp> = {
  project: patternOf('project'),
  environment: patternOf('environment'),
  key: patternOf('key'),
  credential: patternOf('credential'),
  managementKey: patternOf('managementKey'),
  event: patternOf('event'),
}
