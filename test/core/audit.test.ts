import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Actor, type Caller, ROOT } from '../../src/core/actor.ts'
import type { Metadata } from '../../src/core/api-key.ts'
import { AUDIT_ACTIONS, createAuditEvent, findDifferences } from '../../src/core/audit.ts'

const IDENTITY = { id: 'evt_1', at: 1000 }
const VERIFIER: Actor = { type: 'management_key', id: 'mk_1', name: 'ci', role: 'verifier', environmentId: 'env_1' }

const aCaller = (actor: Actor = ROOT, address: string | null = '203.0.113.7'): Caller => ({
  actor,
  requestId: 'req_1',
  address,
})

type Fields = { name: string; scopes: string[]; ownerId: string | null; metadata: Metadata; enabled: boolean }

const fields: fc.Arbitrary<Fields> = fc.record({
  name: fc.constantFrom('a', 'b'),
  enabled: fc.boolean(),
  ownerId: fc.option(fc.constantFrom('o', '')),
  scopes: fc.subarray(['read', 'write']),
  metadata: fc.record({ team: fc.constantFrom('x', 'y') }),
})

describe('createAuditEvent', () => {
  it('says who did what to which key, when, and by which request', () => {
    const change = { action: 'key.revoked', keyId: 'key_1', environmentId: 'env_1', projectId: 'proj_1' } as const

    expect(createAuditEvent(IDENTITY, aCaller(), change)).toEqual({
      ...IDENTITY,
      ...change,
      actor: { type: 'root', id: 'root', name: 'root key' },
      managementKeyId: null,
      before: null,
      after: null,
      requestId: 'req_1',
      address: '203.0.113.7',
    })
  })

  it('keeps of the actor no more than type, id and name', () => {
    const event = createAuditEvent(IDENTITY, aCaller(VERIFIER), { action: 'key.created' })

    expect(event.actor).toEqual({ type: 'management_key', id: 'mk_1', name: 'ci' })
  })

  it('files an event under nothing that was not named', () => {
    const event = createAuditEvent(IDENTITY, aCaller(), { action: 'project.created' })

    expect(event).toMatchObject({ projectId: null, environmentId: null, keyId: null, managementKeyId: null })
  })

  it('keeps both sides of a change', () => {
    const change = { before: { name: 'old' }, after: { name: 'new' } }

    expect(createAuditEvent(IDENTITY, aCaller(), { action: 'project.updated', ...change })).toMatchObject(change)
  })

  it('keeps an unknown address as null', () => {
    expect(createAuditEvent(IDENTITY, aCaller(ROOT, null), { action: 'key.created' }).address).toBeNull()
  })
})

describe('AUDIT_ACTIONS', () => {
  it.each(AUDIT_ACTIONS)('names %s as a thing and what happened to it', (action) => {
    expect(action).toMatch(/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/)
  })

  it('names no action twice', () => {
    expect(new Set(AUDIT_ACTIONS).size).toBe(AUDIT_ACTIONS.length)
  })
})

describe('findDifferences', () => {
  const current: Fields = { name: 'old', scopes: ['read'], ownerId: null, metadata: { team: 'x' }, enabled: true }

  it.each([
    { edit: {}, why: 'nothing is given' },
    { edit: { name: undefined }, why: 'a field is given as undefined' },
    { edit: { name: 'old' }, why: 'a text is the same' },
    { edit: { scopes: ['read'] }, why: 'a list has the same content' },
    { edit: { metadata: { team: 'x' } }, why: 'an object has the same content' },
    { edit: { ownerId: null }, why: 'an absent value stays absent' },
  ])('are none when $why', ({ edit }) => {
    expect(findDifferences(current, edit)).toBeNull()
  })

  it.each([
    { edit: { name: 'new' }, before: { name: 'old' } },
    { edit: { scopes: ['read', 'write'] }, before: { scopes: ['read'] } },
    { edit: { scopes: [] }, before: { scopes: ['read'] } },
    { edit: { ownerId: 'o' }, before: { ownerId: null } },
    { edit: { ownerId: '' }, before: { ownerId: null } },
    { edit: { metadata: {} }, before: { metadata: { team: 'x' } } },
    { edit: { enabled: false }, before: { enabled: true } },
  ])('show both sides of $edit', ({ edit, before }) => {
    expect(findDifferences(current, edit)).toEqual({ before, after: edit })
  })

  it('leave out the fields that stay as they are', () => {
    const change = findDifferences(current, { name: 'new', enabled: true, ownerId: undefined })

    expect(change).toStrictEqual({ before: { name: 'old' }, after: { name: 'new' } })
  })

  it('swap sides when the change is made the other way round', () => {
    fc.assert(
      fc.property(fields, fields, (left, right) => {
        const there = findDifferences(left, right)
        const back = findDifferences(right, left)

        expect(back).toEqual(there && { before: there.after, after: there.before })
      }),
    )
  })

  it('lead from one record to the other, and back', () => {
    fc.assert(
      fc.property(fields, fields, (left, right) => {
        const change = findDifferences(left, right)

        expect({ ...left, ...change?.after }).toEqual(right)
        expect({ ...right, ...change?.before }).toEqual(left)
      }),
    )
  })

  it('of a record and itself are none', () => {
    fc.assert(
      fc.property(fields, (record) => {
        expect(findDifferences(record, structuredClone(record))).toBeNull()
      }),
    )
  })
})
