import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  findAliasedScopes,
  findMissingScopes,
  findScopeFaults,
  orderScopes,
  resolveRequestedScopes,
  SCOPE_PATTERN,
  type ScopeDefinition,
  TEMPLATES,
} from '../../src/core/scope.ts'

const NAMES = ['read', 'write', 'items', 'events', 'read:items']

const aScope = (name: string, { required = false } = {}): ScopeDefinition => ({ name, description: null, required })

const CATALOGUE = [aScope('read', { required: true }), aScope('write'), aScope('items')]

const scopes = fc.array(fc.constantFrom(...NAMES), { maxLength: 8 })
const catalogue = fc
  .tuple(fc.shuffledSubarray(NAMES), fc.subarray(NAMES))
  .map(([names, required]) => names.map((name) => aScope(name, { required: required.includes(name) })))

/** By counting: adding a subset to a set makes it no larger. */
const isSubset = (part: string[], whole: string[]) => new Set([...whole, ...part]).size === new Set(whole).size

describe('findMissingScopes', () => {
  it.each([
    { held: [], asked: [], missing: [] },
    { held: ['read'], asked: [], missing: [] },
    { held: ['read', 'write'], asked: ['write', 'read'], missing: [] },
    { held: ['read'], asked: ['write', 'read', 'items'], missing: ['write', 'items'] },
    { held: ['read'], asked: ['Read', 'read:items', 'rea', ''], missing: ['Read', 'read:items', 'rea', ''] },
  ])('are $missing when $asked are asked for and $held are held', ({ held, asked, missing }) => {
    expect(findMissingScopes(held, asked)).toEqual(missing)
  })

  it('are none exactly when every scope asked for is held', () => {
    fc.assert(
      fc.property(scopes, scopes, (held, asked) => {
        expect(findMissingScopes(held, asked).length === 0).toBe(isSubset(asked, held))
      }),
    )
  })

  it('are what is to be added, no more', () => {
    fc.assert(
      fc.property(scopes, scopes, (held, asked) => {
        const missing = findMissingScopes(held, asked)

        expect(findMissingScopes([...held, ...missing], asked)).toEqual([])
        expect(findMissingScopes(missing, held)).toEqual(held)
      }),
    )
  })
})

describe('findScopeFaults', () => {
  it.each([{ scopes: ['read'] }, { scopes: ['write', 'read'] }, { scopes: ['read', 'read'] }])(
    'has none about $scopes',
    ({ scopes }) => {
      expect(findScopeFaults(scopes, CATALOGUE)).toEqual([])
    },
  )

  it('names each unknown scope with its place, then each required one that is missing', () => {
    expect(findScopeFaults(['write', 'fly', 'swim'], CATALOGUE)).toEqual([
      { kind: 'unknown', scope: 'fly', index: 1 },
      { kind: 'unknown', scope: 'swim', index: 2 },
      { kind: 'required', scope: 'read' },
    ])
  })

  it('demands nothing of a key where the catalogue is empty', () => {
    expect(findScopeFaults([], [])).toEqual([])
  })

  it('has none exactly when all are in the catalogue and all required ones are there', () => {
    fc.assert(
      fc.property(scopes, catalogue, (wanted, offered) => {
        const known = offered.map(({ name }) => name)
        const required = offered.filter((scope) => scope.required).map(({ name }) => name)
        const fits = isSubset(wanted, known) && isSubset(required, wanted)

        expect(findScopeFaults(wanted, offered).length === 0).toBe(fits)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('resolveRequestedScopes', () => {
  const ALL = ['recommendations', 'events', 'items']
  const ALIASED = findAliasedScopes(TEMPLATES.recommendations)
  const [READ, WRITE] = ['neuronsearchlab-api/read', 'neuronsearchlab-api/write']

  it.each([
    { held: ALL, requested: ['events'], granted: ['events'] },
    { held: ALL, requested: ['items', 'events', 'items'], granted: ['events', 'items'] },
    { held: ALL, requested: [READ], granted: ['recommendations'] },
    { held: ALL, requested: [WRITE], granted: ['events', 'items'] },
    { held: ALL, requested: [WRITE, READ], granted: ALL },
    { held: ALL, requested: [READ, 'items'], granted: ['recommendations', 'items'] },
    { held: ['recommendations'], requested: [READ, WRITE], granted: ['recommendations'] },
    { held: ['items'], requested: [READ, WRITE], granted: ['items'] },
  ])('grants $granted to a client that holds $held and requests $requested', ({ held, requested, granted }) => {
    expect(resolveRequestedScopes(held, requested, ALIASED)).toEqual(granted)
  })

  it.each([
    { held: ['recommendations'], requested: ['events'] },
    { held: ['recommendations'], requested: [READ, 'events'] },
    { held: ['recommendations'], requested: [WRITE] },
    { held: [], requested: [READ, WRITE] },
    { held: ALL, requested: [READ, 'constructor'] },
    { held: ALL, requested: ['neuronsearchlab-api/admin'] },
    { held: ALL, requested: ['NeuronSearchLab-API/read'] },
  ])('refuses a client that holds $held and requests $requested', ({ held, requested }) => {
    expect(resolveRequestedScopes(held, requested, ALIASED)).toBeNull()
  })

  it('grants nothing that the client does not hold, and without aliases exactly what is requested', () => {
    fc.assert(
      fc.property(scopes, scopes, catalogue, (held, requested, offered) => {
        const aliased = offered.map(({ name }, index) => ({ name, aliases: [`alias${index % 2}`] }))
        const byAlias = resolveRequestedScopes(held, [...requested, 'alias0'], aliased)
        const byName = resolveRequestedScopes(held, requested, [])

        expect(isSubset(byAlias ?? [], held)).toBe(true)
        expect(new Set(byName)).toEqual(new Set(isSubset(requested, held) ? requested : []))
      }),
    )
  })
})

describe('orderScopes', () => {
  it('puts scopes once each, as the catalogue has them', () => {
    expect(orderScopes(['items', 'read', 'items'], CATALOGUE)).toEqual(['read', 'items'])
  })

  it('drops what the catalogue does not offer', () => {
    expect(orderScopes(['fly', 'write'], CATALOGUE)).toEqual(['write'])
  })

  it('gives the same list for every order the scopes come in', () => {
    fc.assert(
      fc.property(scopes, catalogue, (wanted, offered) => {
        expect(orderScopes(wanted.toReversed(), offered)).toEqual(orderScopes(wanted, offered))
      }),
    )
  })

  it('neither adds nor loses a right of a key that fits the catalogue', () => {
    fc.assert(
      fc.property(scopes, catalogue, (wanted, offered) => {
        fc.pre(findScopeFaults(wanted, offered).length === 0)
        expect(new Set(orderScopes(wanted, offered))).toEqual(new Set(wanted))
      }),
    )
  })
})

describe('SCOPE_PATTERN', () => {
  it.each(['a', 'read', 'read:items', 'read.items', 'read_items', 'read-items', 'read/items', 'r2d2', 'a'.repeat(64)])(
    'takes %s',
    (name) => {
      expect(name).toMatch(SCOPE_PATTERN)
    },
  )

  it.each([
    '',
    'Read',
    '2read',
    ':read',
    'read items',
    'read,items',
    'read"',
    'read\n',
    ' read',
    'lésen',
    '*',
    'a'.repeat(65),
  ])('refuses %j', (name) => {
    expect(name).not.toMatch(SCOPE_PATTERN)
  })
})

describe('TEMPLATES', () => {
  it('give every key of a data API the right to read', () => {
    const rights = TEMPLATES['data-api'].map(({ name, required }) => ({ name, required }))

    expect(rights).toEqual([
      { name: 'read', required: true },
      { name: 'write', required: false },
    ])
  })

  it('offer recommendations, events and items, none of them required', () => {
    const rights = TEMPLATES.recommendations.map(({ name, required }) => ({ name, required }))

    expect(rights).toEqual(['recommendations', 'events', 'items'].map((name) => ({ name, required: false })))
  })

  it.each<ScopeDefinition>(Object.values(TEMPLATES).flat())(
    'name the scope $name and its aliases as the pattern wants it',
    ({ name, aliases = [] }) => {
      for (const text of [name, ...aliases]) expect(text).toMatch(SCOPE_PATTERN)
    },
  )
})
