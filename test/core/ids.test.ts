import { describe, expect, it } from 'vitest'
import { ID_PREFIXES, type IdKind, newId } from '../../src/core/ids.ts'

const KINDS: { kind: IdKind; prefix: string }[] = [
  { kind: 'project', prefix: 'proj' },
  { kind: 'environment', prefix: 'env' },
  { kind: 'key', prefix: 'key' },
  { kind: 'credential', prefix: 'cred' },
  { kind: 'managementKey', prefix: 'mk' },
  { kind: 'event', prefix: 'evt' },
]

/** The UUID behind a TypeID, read as its specification says: Crockford's base32, 26 digits for 128 bits. */
function uuidOf(id: string): string {
  const digits = id.slice(id.lastIndexOf('_') + 1)
  const value = [...digits].reduce(
    (sum, digit) => sum * 32n + BigInt('0123456789abcdefghjkmnpqrstvwxyz'.indexOf(digit)),
    0n,
  )
  return value
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

describe('newId', () => {
  it('is read here as the TypeID specification reads its own example', () => {
    expect(uuidOf('prefix_01h2xcejqtf2nbrexx3vqjhp41')).toBe('0188bac7-4afa-78aa-bc3b-bd1eef28d881')
  })

  it.each(KINDS)('gives a $kind a TypeID with the prefix $prefix', ({ kind, prefix }) => {
    expect(newId(kind)).toMatch(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`))
  })

  it.each(KINDS)('holds a UUIDv7 for a $kind', ({ kind }) => {
    expect(uuidOf(newId(kind))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('carries the millisecond it was made in', () => {
    const before = Date.now()

    const at = Number.parseInt(uuidOf(newId('key')).replace('-', '').slice(0, 12), 16)

    expect(at).toBeGreaterThanOrEqual(before)
    expect(at).toBeLessThan(before + 10_000)
  })

  it('sorts ids in the order they were made, also within one millisecond', () => {
    const ids = Array.from({ length: 5000 }, () => newId('key'))

    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('ID_PREFIXES', () => {
  it('are the ones of the contract, each for one kind', () => {
    expect(ID_PREFIXES).toEqual(Object.fromEntries(KINDS.map(({ kind, prefix }) => [kind, prefix])))
  })
})
