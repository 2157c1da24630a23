import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChangeRequest, Subject } from '../../src/core/ledger-messages.ts'
import { RevocationLedger } from '../../src/edge/ledger.ts'
import type { LedgerClient } from '../../src/edge/ledger-client.ts'
import { getKey, rotateKey } from '../../src/service/keys.ts'
import { deleteEnvironment } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { failingD1, flakyKv } from '../support/broken-bindings.ts'
import { aCaller, aStoredKey, eventsOf, LEDGER, NOON, testDeps } from '../support/factory.ts'

let now = NOON
beforeEach(() => {
  now = NOON
  RevocationLedger.clock = () => now
  vi.spyOn(console, 'warn').mockReturnValue()
})

/** A ledger of its own, and short ways to ask it. */
function aLedger() {
  const stub = LEDGER.getByName(crypto.randomUUID())
  const sync = async (since: { epoch: string; seq: number } | null = null, ask: string[] = []) =>
    stub.sync({ since, ask })
  const record = async (change: ChangeRequest, environmentId: string | null = null) =>
    stub.record(change, environmentId)
  const since = async (seq: number) => sync({ epoch: (await sync()).epoch, seq })
  const standing = async (subject: string) => (await sync(null, [subject])).standings[0]
  const recordAll = async (...changes: ChangeRequest[]) => {
    for (const change of changes) await record(change)
  }
  return { stub, sync, record, recordAll, since, standing }
}

const edit = (keyId: string, given: Partial<Extract<ChangeRequest, { kind: 'edit' }>> = {}): ChangeRequest => ({
  kind: 'edit',
  keyId,
  secrets: [],
  revision: 2,
  disabled: false,
  ...given,
})
const revoke = (keyId: string, ...secrets: Subject[]): ChangeRequest => ({
  kind: 'revoke',
  keyId,
  secrets,
  projection: JSON.stringify(`of ${keyId}`),
})
const environmentEdit = (revision: number, widerBoundMs: number): ChangeRequest => ({
  kind: 'environment-edit',
  environmentId: 'env_1',
  revision,
  boundMs: 0,
  widerBoundMs,
})
const environmentRevoke = (issuedBefore: number): ChangeRequest => ({
  kind: 'environment-revoke',
  environmentId: 'env_1',
  revision: 2,
  issuedBefore,
  projection: JSON.stringify({ of: `before ${issuedBefore}` }),
})

describe('sync', () => {
  it('tells changes in the order they were recorded, each key once, where it stands last', async () => {
    const { recordAll, since } = aLedger()
    await recordAll(edit('key_1'), edit('key_2'), edit('key_1', { revision: 3 }))

    const { seq, reset, changes } = await since(0)

    const unrevoked = {
      revokedAt: null,
      issuedBefore: null,
      revokedBelow: null,
      tokensEndedUntil: null,
      hasUnknownSecrets: false,
    }
    expect({ seq, reset }).toEqual({ seq: 3, reset: false })
    expect(changes).toEqual([
      { subject: 'key:key_2', seq: 2, revision: 2, keyId: 'key_2', ...unrevoked },
      { subject: 'key:key_1', seq: 3, revision: 3, keyId: 'key_1', ...unrevoked },
    ])
  })

  it('tells what changed since, and nothing from before', async () => {
    const { recordAll, since } = aLedger()
    await recordAll(edit('key_1'), edit('key_2'), edit('key_3'))

    expect((await since(2)).changes.map(({ subject }) => subject)).toEqual(['key:key_3'])
    expect(await since(3)).toMatchObject({ seq: 3, reset: false, changes: [] })
  })

  it.each([
    ['who knows nothing', null],
    ['who knows another epoch', { epoch: 'another', seq: 1 }],
  ])('starts over with one %s, and tells of none that it can be asked about', async (_, since) => {
    const { recordAll, sync } = aLedger()
    await recordAll(edit('key_1'), environmentEdit(2, 5000), revoke('key_2', 'management:m'), revoke('key_9'))

    const { seq, reset, changes } = await sync(since)

    expect({ seq, reset }).toEqual({ seq: 4, reset: true })
    expect(changes.map(({ subject }) => subject)).toEqual(['key:key_9'])
  })

  it('tells a thousand changes one by one, and starts over for more', async () => {
    const { stub, since } = aLedger()
    await runInDurableObject(stub, (ledger: RevocationLedger) => {
      for (let index = 0; index <= 1000; index += 1) ledger.record(edit(`key_${index}`), null)
    })

    const [all, allButOne] = [await since(0), await since(1)]

    expect(all).toMatchObject({ seq: 1001, reset: true, changes: [] })
    expect(allButOne).toMatchObject({ seq: 1001, reset: false })
    expect(allButOne.changes).toHaveLength(1000)
  })

  it('tells where the key of an asked secret stands, under the name it was asked by, and of no other', async () => {
    const { recordAll, sync } = aLedger()
    await recordAll(edit('key_1', { secrets: ['secret:a', 'secret:b'] }), edit('key_2', { secrets: ['secret:c'] }))

    const { standings } = await sync(null, ['secret:a', 'secret:c', 'secret:unknown'])

    expect(standings.map(({ subject, keyId }) => [subject, keyId]).sort()).toEqual([
      ['secret:a', 'key_1'],
      ['secret:c', 'key_2'],
    ])
  })

  it('tells where an asked environment stands', async () => {
    const { record, standing } = aLedger()
    await record(environmentEdit(4, 5000))

    expect(await standing('environment:env_1')).toMatchObject({ revision: 4, keyId: null })
    expect(await standing('environment:env_2')).toBeUndefined()
  })

  it('tells its standings apart by their exact names', async () => {
    const { record, standing } = aLedger()
    await record(edit('key_1', { secrets: ['secret:aB'] }))

    expect([await standing('secret:ab'), await standing('secret:a'), await standing("' OR 1=1 --")]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('makes a caller that is ahead of it start over', async () => {
    const { sync } = aLedger()
    const { epoch } = await sync()

    expect(await sync({ epoch, seq: 7 })).toMatchObject({ reset: true })
  })
})

describe('an edit', () => {
  it('gets a revision that no edit had before, whatever it asks for', async () => {
    const { record, standing } = aLedger()

    const given = [
      await record(edit('key_1', { revision: 5 })),
      await record(edit('key_1', { revision: 3 })),
      await record(edit('key_1', { revision: 9 })),
    ]

    expect(given.map(({ revision }) => revision)).toEqual([5, 6, 9])
    expect(await standing('key:key_1')).toMatchObject({ revision: 9, seq: 3 })
  })

  it('is one entry, however many secrets the key ever had', async () => {
    const { stub, record, since, standing } = aLedger()
    for (let count = 1; count <= 5; count += 1) {
      await record(edit('key_1', { secrets: [`secret:s${count}`, `secret:s${count + 1}`] }))
    }

    const entries = await runInDurableObject(
      stub,
      (_, { storage }) => storage.sql.exec('SELECT count(*) AS n FROM entries').one()['n'],
    )

    expect([entries, (await since(0)).changes.length]).toEqual([1, 1])
    expect(await standing('secret:s1')).toMatchObject({ keyId: 'key_1', revision: 6 })
  })

  it('says whether the key is revoked', async () => {
    const { record, recordAll } = aLedger()
    await recordAll(edit('key_1'), revoke('key_1', 'secret:a'))

    expect(await record(edit('key_1'))).toMatchObject({ revoked: true })
    expect(await record(edit('key_2'))).toMatchObject({ committedAt: NOON, revoked: false })
  })

  it('that has disabled the key is noted, unless a later edit has come between', async () => {
    const { stub, recordAll } = aLedger()
    await recordAll(edit('key_1'), edit('key_2'), edit('key_2', { revision: 3 }))

    await recordAll(
      { kind: 'disabled', keyId: 'key_1', revision: 2 },
      { kind: 'disabled', keyId: 'key_2', revision: 2 },
    )

    now = NOON + 5000
    const { entries } = await stub.entriesAfter(null, 10)
    expect(entries).toMatchObject([
      { keyId: 'key_1', revision: 2, disabled: true },
      { keyId: 'key_2', revision: 3, disabled: false },
    ])
  })
})

describe('a revocation', () => {
  it('covers every secret that is filed under the key, and no other', async () => {
    const { record, recordAll, standing } = aLedger()
    await recordAll(edit('key_1', { secrets: ['secret:a', 'secret:b'] }), edit('key_2', { secrets: ['secret:c'] }))
    now = NOON + 7

    const { committedAt } = await record(revoke('key_1', 'secret:a'))

    expect(committedAt).toBe(NOON + 7)
    const moments = await Promise.all(
      ['secret:a', 'secret:b', 'secret:c'].map(async (name) => (await standing(name))?.revokedAt),
    )
    expect(moments).toEqual([NOON + 7, NOON + 7, null])
  })

  it('keeps its first moment however often it is repeated', async () => {
    const { record, since, standing } = aLedger()
    await record(revoke('key_1', 'secret:a'))
    const { seq } = await since(0)
    now = NOON + 1000

    expect(await record(revoke('key_1', 'secret:a'))).toMatchObject({ committedAt: NOON, revoked: true })
    expect(await standing('secret:a')).toMatchObject({ revokedAt: NOON })
    expect((await since(seq)).changes).toEqual([])
  })

  it('is final: nothing changes a revoked key again', async () => {
    const { record, recordAll, standing } = aLedger()
    await record(revoke('key_1', 'secret:a'))
    const before = await standing('secret:a')
    now = NOON + 1000

    await recordAll(edit('key_1', { revision: 9 }), edit('key_2', { secrets: ['secret:a'] }), revoke('key_1'))

    expect(await standing('secret:a')).toEqual(before)
  })

  it('said again, or edited after, takes no place in the order, so D1 is up to date when it has the first', async () => {
    const { stub, recordAll } = aLedger()
    await recordAll(revoke('key_1', 'secret:a'), revoke('key_1'), edit('key_1'), revoke('key_1', 'secret:a'))
    now = NOON + 5000

    expect(await stub.entriesAfter(null, 10)).toMatchObject({ seq: 1, head: 1, entries: [{ keyId: 'key_1' }] })
  })

  it('covers a secret that a rotation beside it files after it', async () => {
    const { record, standing } = aLedger()
    await record(revoke('key_1', 'secret:a'))

    expect(await record(edit('key_1', { secrets: ['secret:a', 'secret:new'] }))).toMatchObject({ revoked: true })
    expect(await standing('secret:new')).toMatchObject({ keyId: 'key_1', revokedAt: NOON })
  })

  it('of a key whose secrets nobody could name is told to everyone, until somebody names them', async () => {
    const { record, sync, since } = aLedger()
    await record(revoke('key_1'))
    const revokedBlindly = { subject: 'key:key_1', keyId: 'key_1', revokedAt: NOON, hasUnknownSecrets: true }
    expect([(await sync()).changes, (await since(0)).changes]).toMatchObject([[revokedBlindly], [revokedBlindly]])

    await record(revoke('key_1', 'secret:a'))

    expect((await sync(null, ['secret:a'])).standings).toMatchObject([{ revokedAt: NOON, keyId: 'key_1' }])
    expect((await sync()).changes).toEqual([])
  })
})

describe('an environment', () => {
  it('keeps the latest moment before which its secrets are revoked', async () => {
    const { record, standing } = aLedger()

    for (const issuedBefore of [NOON - 10, NOON, NOON - 20]) await record(environmentRevoke(issuedBefore))

    expect(await standing('environment:env_1')).toMatchObject({ issuedBefore: NOON })
  })

  it('is itself never revoked, and goes on being edited', async () => {
    const { recordAll, standing } = aLedger()

    await recordAll(environmentRevoke(NOON), environmentEdit(4, 5000))

    expect(await standing('environment:env_1')).toMatchObject({ revision: 4, revokedAt: null, issuedBefore: NOON })
  })

  it('that was revoked is told to who asks about it, and to no one who starts over', async () => {
    const { recordAll, sync, standing } = aLedger()

    await recordAll(environmentRevoke(NOON))

    expect((await sync()).changes).toEqual([])
    expect(await standing('environment:env_1')).toMatchObject({ issuedBefore: NOON })
  })

  it('tells until when a lease may follow the widest bound it ever had', async () => {
    const { record } = aLedger()
    await record(environmentEdit(2, 60_000))
    now = NOON + 100
    await record(environmentEdit(3, 1000))

    expect(await record(edit('key_1'), 'env_1')).toMatchObject({ widerUntil: NOON + 60_000 })
    expect(await record(edit('key_1'), 'env_2')).toMatchObject({ widerUntil: 0 })
    expect(await record(edit('key_1'))).toMatchObject({ widerUntil: 0 })
  })
})

describe('a change that this version does not know', () => {
  it.each<[string, unknown]>([
    ['of another kind', { ...revoke('key_1', 'secret:a'), kind: 'revoke-for-good' }],
    ['of a kind every object has', { kind: 'toString', keyId: 'key_1' }],
    ['in a list', [revoke('key_1', 'secret:a')]],
    ['without its key', { ...revoke('key_1', 'secret:a'), keyId: undefined }],
    ['that names its secrets otherwise', { ...revoke('key_1'), secrets: undefined, subjects: ['secret:a'] }],
    ['to half a revision', edit('key_1', { revision: 4.5 })],
  ])('is refused and never acknowledged: %s', async (_, change) => {
    const { record, sync } = aLedger()

    await expect(record(change as ChangeRequest)).rejects.toThrow(TypeError)

    expect(await sync(null, ['key:key_1', 'secret:a'])).toMatchObject({ seq: 0, standings: [] })
  })
})

describe('the memory of the ledger', () => {
  it('survives its eviction', async () => {
    const { stub, recordAll, since, sync } = aLedger()
    await recordAll(edit('key_1', { secrets: ['secret:a'] }), revoke('key_2', 'secret:b'), environmentRevoke(NOON))
    const before = [await since(0), await sync(null, ['secret:a', 'secret:b'])]

    await evictDurableObject(stub)

    expect([await since(0), await sync(null, ['secret:a', 'secret:b'])]).toEqual(before)
  })

  it('is of one epoch, and no two ledgers have the same', async () => {
    const [first, second] = [aLedger(), aLedger()]

    expect((await first.sync()).epoch).toBe((await first.sync()).epoch)
    expect((await first.sync()).epoch).not.toBe((await second.sync()).epoch)
  })

  it('holds all of a change, or nothing', async () => {
    const { record, since, sync } = aLedger()

    const unwritable: ChangeRequest = { kind: 'revoke', keyId: 'key_1', secrets: ['secret:a'], projection: 'no JSON' }
    await expect(record(unwritable)).rejects.toThrow()

    expect(await since(0)).toMatchObject({ seq: 0, changes: [] })
    expect((await sync(null, ['secret:a'])).standings).toEqual([])
  })
})

describe('entriesAfter', () => {
  it('leaves out what is so new that its own request may still write it', async () => {
    const { stub, record } = aLedger()
    await record(revoke('key_1', 'secret:a'))

    now = NOON + 4999
    expect(await stub.entriesAfter(null, 10)).toMatchObject({ seq: 0, head: 1, entries: [] })
    now = NOON + 5000
    expect(await stub.entriesAfter(null, 10)).toMatchObject({
      seq: 1,
      head: 1,
      entries: [{ subject: 'key:key_1', revokedAt: NOON, disabled: false, projection: '["of key_1"]' }],
    })
  })

  it('gives pages in order, from after the one before', async () => {
    const { stub, recordAll, sync } = aLedger()
    await recordAll(edit('key_1'), edit('key_2', { disabled: true }), edit('key_3'))
    now = NOON + 5000
    const { epoch } = await sync()

    const first = await stub.entriesAfter(null, 2)
    const second = await stub.entriesAfter({ epoch, seq: first.seq }, 2)
    const third = await stub.entriesAfter({ epoch, seq: second.seq }, 2)

    expect([first, second, third].map(({ entries }) => entries.map(({ keyId }) => keyId))).toEqual([
      ['key_1', 'key_2'],
      ['key_3'],
      [],
    ])
    expect(third).toMatchObject({ seq: 3, head: 3 })
  })

  it('begins anew for whoever stopped in another epoch', async () => {
    const { stub, record } = aLedger()
    await record(edit('key_1'))
    now = NOON + 5000

    expect((await stub.entriesAfter({ epoch: 'another', seq: 99 }, 10)).entries).toHaveLength(1)
  })

  it('never passes over an entry that is left out, even when the clock went back after it', async () => {
    const { stub, record } = aLedger()
    now = NOON + 1000
    await record(revoke('key_1', 'secret:a'))
    now = NOON
    await record(revoke('key_2', 'secret:b'))

    now = NOON + 5500
    const { seq } = await stub.entriesAfter(null, 10)

    expect(seq).toBe(0)
  })
})

describe('the alarm', () => {
  /** Deps whose ledger is one of its own, and what a request over them could not write. */
  async function aPendingRevocation() {
    const { stub } = aLedger()
    const ledger: LedgerClient = {
      sync: async (question) => stub.sync(question),
      record: async (change, environmentId) => stub.record(change, environmentId),
      entriesAfter: async (after, limit) => stub.entriesAfter(after, limit),
    }
    const deps = testDeps({ ledger })
    const { key, environment } = await aStoredKey(deps)
    const withoutStores = testDeps({ ledger, db: failingD1(), kv: flakyKv(env.REVOCATIONS, { writes: true }) })
    await revokeKey(withoutStores, aCaller(), key.id, { reason: 'compromised', note: 'x' })
    const alarmAt = () => runInDurableObject(stub, (_, state) => state.storage.getAlarm())
    return { stub, ledger, deps, key, environment, alarmAt }
  }

  /** Runs the alarm once with these bindings in place of the real ones. */
  async function alarmWith(stub: DurableObjectStub<RevocationLedger>, bindings: Partial<Env>) {
    const swap = (bound: Partial<Env>) =>
      runInDurableObject(stub, (instance) => Object.assign(instance, { env: { ...env, ...bound } }) && undefined)
    await swap(bindings)
    const ran = await runDurableObjectAlarm(stub)
    await swap({})
    return ran
  }

  const tombstoneOf = (prefix: string) => env.REVOCATIONS.get(`revoked:v1:${prefix}`, 'json')

  it('writes into D1 and KV what a request could not, as it happened', async () => {
    const { stub, deps, key } = await aPendingRevocation()
    now = NOON + 5001

    expect(await runDurableObjectAlarm(stub)).toBe(true)

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON, revokedReason: 'compromised' })
    expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toMatchObject([
      { at: NOON, before: { revokedAt: null }, after: { revokedAt: NOON, note: 'x' }, projectId: key.projectId },
    ])
    expect(await tombstoneOf(key.prefix)).toEqual({ keyId: key.id, environmentId: key.environmentId, revokedAt: NOON })
  })

  it('keeps the mark that the sweep keeps', async () => {
    const { stub } = await aPendingRevocation()
    now = NOON + 5001

    await runDurableObjectAlarm(stub)

    const { epoch, seq } = await stub.sync({ since: null, ask: [] })
    const mark = await env.DB.prepare('SELECT epoch, seq FROM ledger_mark').first()
    expect(mark).toEqual({ epoch, seq })
  })

  it('is set for when the request must have ended, and not again once all is written', async () => {
    const { stub, alarmAt } = await aPendingRevocation()
    expect((await alarmAt()) ?? 0).toBeGreaterThan(Date.now())
    now = NOON + 5001

    await runDurableObjectAlarm(stub)

    expect(await alarmAt()).toBeNull()
  })

  it('is set again for as long as D1 cannot be asked', async () => {
    const { stub, deps, key, alarmAt } = await aPendingRevocation()
    now = NOON + 5001

    for (let count = 0; count < 3; count += 1) {
      expect(await alarmWith(stub, { DB: failingD1() })).toBe(true)
      expect((await alarmAt()) ?? 0).toBeGreaterThan(Date.now())
    }

    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON })
  })

  it('is set again when KV cannot be asked, with the record written all the same', async () => {
    const { stub, deps, key, alarmAt } = await aPendingRevocation()
    now = NOON + 5001

    await alarmWith(stub, { REVOCATIONS: flakyKv(env.REVOCATIONS, { writes: true }) })

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON })
    expect(await tombstoneOf(key.prefix)).toBeNull()
    expect(await alarmAt()).not.toBeNull()
  })

  it('is set again for what is still too new when it runs', async () => {
    const { stub, deps, key, alarmAt } = await aPendingRevocation()
    now = NOON + 4000

    await runDurableObjectAlarm(stub)

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: null })
    expect(await alarmAt()).not.toBeNull()
  })

  it('changes nothing of what the request has written itself', async () => {
    const { stub, ledger, deps, environment } = await aPendingRevocation()
    const { key } = await aStoredKey(deps, { environment })
    await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 60 })
    const { key: revoked } = await revokeKey(testDeps({ ledger }), aCaller(), key.id, { reason: 'superseded' })
    const events = await eventsOf(deps, { keyId: key.id })
    now = NOON + 5001

    await runDurableObjectAlarm(stub)

    expect(await getKey(deps, aCaller(), key.id)).toEqual(revoked)
    expect(await eventsOf(deps, { keyId: key.id })).toEqual(events)
  })

  it('is set by a revoked environment too', async () => {
    const { stub, deps, environment, alarmAt } = await aPendingRevocation()
    now = NOON + 5001
    await runDurableObjectAlarm(stub)
    expect(await alarmAt()).toBeNull()

    await deleteEnvironment(deps, aCaller(), environment.id, { confirm: environment.name })

    expect(await alarmAt()).not.toBeNull()
  })
})
