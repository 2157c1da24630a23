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
  const name = crypto.randomUUID()
  const stub = LEDGER.getByName(name)
  const sync = async (since: { epoch: string; seq: number } | null = null, ask: string[] = []) =>
    stub.sync({ since, ask })
  const record = async (changes: ChangeRequest[], environment: string | null = null) =>
    stub.record(changes, environment)
  const since = async (seq: number) => sync({ epoch: (await sync()).epoch, seq })
  const standing = async (subject: string) => (await sync(null, [subject])).standings[0]
  return { name, stub, sync, record, since, standing }
}

const edit = (prefix: string, given: Partial<Extract<ChangeRequest, { kind: 'edit' }>> = {}): ChangeRequest => ({
  kind: 'edit',
  subjects: [`key:${prefix}`],
  revision: 2,
  isGiven: false,
  keyId: 'key_1',
  disabled: false,
  ...given,
})
const revoke = (keyId: string, ...subjects: Subject[]): ChangeRequest => ({
  kind: 'revoke',
  subjects,
  keyId,
  projection: JSON.stringify(`of ${keyId}`),
})
const environmentEdit = (revision: number, widerBoundMs: number): ChangeRequest => ({
  kind: 'environment-edit',
  subject: 'environment:env_1',
  revision,
  boundMs: 0,
  widerBoundMs,
})
const environmentRevoke = (issuedBefore: number): ChangeRequest => ({
  kind: 'environment-revoke',
  subject: 'environment:env_1',
  issuedBefore,
  projection: JSON.stringify(`before ${issuedBefore}`),
})

describe('sync', () => {
  it('tells changes in the order they were recorded, each subject once, where it stands last', async () => {
    const { record, since } = aLedger()
    await record([edit('a'), edit('b', { keyId: 'key_2' })])
    await record([edit('a', { revision: 3 })])

    const { seq, reset, changes } = await since(0)

    expect({ seq, reset }).toEqual({ seq: 3, reset: false })
    expect(changes).toEqual([
      { subject: 'key:b', seq: 2, revision: 2, revokedAt: null, keyId: 'key_2', issuedBefore: null },
      { subject: 'key:a', seq: 3, revision: 3, revokedAt: null, keyId: 'key_1', issuedBefore: null },
    ])
  })

  it('tells what changed since, and nothing from before', async () => {
    const { record, since } = aLedger()
    await record([edit('a'), edit('b', { keyId: 'key_2' }), edit('c', { keyId: 'key_3' })])

    expect((await since(2)).changes.map(({ subject }) => subject)).toEqual(['key:c'])
    expect(await since(3)).toMatchObject({ seq: 3, reset: false, changes: [] })
  })

  it.each([
    ['who knows nothing', null],
    ['who knows another epoch', { epoch: 'another', seq: 1 }],
  ])('starts over with one %s, and tells all that is not filed under a prefix', async (_, since) => {
    const { record, sync } = aLedger()
    await record([edit('a'), environmentEdit(2, 5000), revoke('key_9', 'id:key_9'), revoke('key_2', 'management:m')])

    const { seq, reset, changes } = await sync(since)

    expect({ seq, reset }).toMatchObject({ reset: true })
    expect(changes.map(({ subject }) => subject).sort()).toEqual(['environment:env_1', 'id:key_9'])
  })

  it('tells a thousand changes one by one, and starts over for more', async () => {
    const { record, since } = aLedger()
    await record(Array.from({ length: 1001 }, (_, index) => edit(`p${index}`, { keyId: `key_${index}` })))

    const [all, allButOne] = [await since(0), await since(1)]

    expect(all).toMatchObject({ seq: 1001, reset: true, changes: [] })
    expect(allButOne).toMatchObject({ seq: 1001, reset: false })
    expect(allButOne.changes).toHaveLength(1000)
  })

  it('tells where the asked subjects stand, and of no other', async () => {
    const { record, sync } = aLedger()
    await record([edit('a'), edit('b'), edit('c')])

    const { standings } = await sync(null, ['key:a', 'key:c', 'key:unknown'])

    expect(standings.map(({ subject }) => subject).sort()).toEqual(['key:a', 'key:c'])
  })

  it('tells its standings apart by their exact names', async () => {
    const { record, standing } = aLedger()
    await record([edit('aB')])

    expect([await standing('key:ab'), await standing('key:a'), await standing("' OR 1=1 --")]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('an edit', () => {
  it('gets a revision that no edit had before, whatever it asks for', async () => {
    const { record, standing } = aLedger()

    const given = [
      await record([edit('a', { revision: 5 })]),
      await record([edit('a', { revision: 3 })]),
      await record([edit('a', { revision: 9 })]),
    ]

    expect(given.map(({ revision }) => revision)).toEqual([5, 6, 9])
    expect(await standing('key:a')).toMatchObject({ revision: 9, seq: 3 })
  })

  it('keeps the revision that another shard gave it, and never lowers one', async () => {
    const { record, standing } = aLedger()
    await record([edit('a', { revision: 5 })])

    await record([edit('a', { revision: 5, isGiven: true })])
    await record([edit('a', { revision: 3, isGiven: true })])

    expect(await standing('key:a')).toMatchObject({ revision: 5 })
  })

  it('raises every secret that is filed under the same key', async () => {
    const { record, standing } = aLedger()
    await record([edit('forgotten', { revision: 7 })])

    await record([edit('a', { revision: 2 })])

    expect([await standing('key:a'), await standing('key:forgotten')]).toMatchObject([{ revision: 8 }, { revision: 8 }])
  })

  it('says whether the key is revoked, by any of its secrets', async () => {
    const { record } = aLedger()
    await record([edit('a'), edit('b'), revoke('key_1', 'key:a')])

    expect(await record([edit('c')])).toMatchObject({ revoked: true })
    expect(await record([edit('d', { keyId: 'key_2' })])).toMatchObject({ committedAt: NOON, revoked: false })
  })

  it('says that a key is revoked which was revoked by its id', async () => {
    const { record } = aLedger()
    await record([revoke('key_1', 'id:key_1')])

    expect(await record([edit('a')])).toMatchObject({ revoked: true })
  })
})

describe('a revocation', () => {
  it('covers every secret that is filed under the key, and no other', async () => {
    const { record, standing } = aLedger()
    await record([edit('a'), edit('b'), edit('c', { keyId: 'key_2' })])
    now = NOON + 7

    const { committedAt } = await record([revoke('key_1', 'key:a')])

    expect(committedAt).toBe(NOON + 7)
    const moments = await Promise.all(
      ['key:a', 'key:b', 'key:c'].map(async (name) => (await standing(name))?.revokedAt),
    )
    expect(moments).toEqual([NOON + 7, NOON + 7, null])
  })

  it('keeps its first moment however often it is repeated', async () => {
    const { record, since, standing } = aLedger()
    await record([revoke('key_1', 'key:a')])
    const { seq } = await since(0)
    now = NOON + 1000

    expect(await record([revoke('key_1', 'key:a')])).toMatchObject({ committedAt: NOON, revoked: true })
    expect(await standing('key:a')).toMatchObject({ revokedAt: NOON })
    expect((await since(seq)).changes).toEqual([])
  })

  it('is final: nothing changes a revoked subject again', async () => {
    const { record, standing } = aLedger()
    await record([revoke('key_1', 'key:a')])
    const before = await standing('key:a')
    now = NOON + 1000

    await record([edit('a', { revision: 9 }), edit('a', { keyId: 'key_2' }), revoke('key_2', 'key:a')])

    expect(await standing('key:a')).toEqual(before)
  })

  it('of a secret nobody had filed is told to whoever asks', async () => {
    const { record, since } = aLedger()

    await record([revoke('key_1', 'key:a', 'key:b')])

    expect((await since(0)).changes).toMatchObject([
      { subject: 'key:a', revokedAt: NOON, keyId: 'key_1' },
      { subject: 'key:b', revokedAt: NOON, keyId: 'key_1' },
    ])
  })
})

describe('an environment', () => {
  it('keeps the latest moment before which its secrets are revoked', async () => {
    const { record, standing } = aLedger()

    for (const issuedBefore of [NOON - 10, NOON, NOON - 20]) await record([environmentRevoke(issuedBefore)])

    expect(await standing('environment:env_1')).toMatchObject({ issuedBefore: NOON })
  })

  it('is itself never revoked, and goes on being edited', async () => {
    const { record, standing } = aLedger()
    await record([environmentRevoke(NOON)])

    await record([environmentEdit(4, 5000)])

    expect(await standing('environment:env_1')).toMatchObject({ revision: 4, revokedAt: null, issuedBefore: NOON })
  })

  it('tells until when a lease may follow the widest bound it ever had', async () => {
    const { record } = aLedger()
    await record([environmentEdit(2, 60_000)])
    now = NOON + 100
    await record([environmentEdit(3, 1000)])

    expect(await record([edit('a')], 'env_1')).toMatchObject({ widerUntil: NOON + 60_000 })
    expect(await record([edit('a')], 'env_2')).toMatchObject({ widerUntil: 0 })
    expect(await record([edit('a')])).toMatchObject({ widerUntil: 0 })
  })
})

describe('the memory of the ledger', () => {
  it('survives its eviction', async () => {
    const { stub, record, since, sync } = aLedger()
    await record([edit('a'), revoke('key_2', 'key:b'), environmentRevoke(NOON)])
    const before = [await since(0), await sync(null, ['key:a', 'key:b'])]

    await evictDurableObject(stub)

    expect([await since(0), await sync(null, ['key:a', 'key:b'])]).toEqual(before)
  })

  it('is of one epoch, and no two ledgers have the same', async () => {
    const [first, second] = [aLedger(), aLedger()]

    expect((await first.sync()).epoch).toBe((await first.sync()).epoch)
    expect((await first.sync()).epoch).not.toBe((await second.sync()).epoch)
  })

  it('holds all changes of a record, or none', async () => {
    const { record, since } = aLedger()
    const broken = edit('b', { revision: 4.5 })

    await expect(record([edit('a'), broken])).rejects.toThrow()

    expect(await since(0)).toMatchObject({ seq: 0, changes: [] })
  })
})

describe('entriesAfter', () => {
  it('leaves out what is so new that its own request may still write it', async () => {
    const { stub, record } = aLedger()
    await record([revoke('key_1', 'key:a')])

    now = NOON + 4999
    expect(await stub.entriesAfter(null, 10)).toMatchObject({ seq: 0, head: 2, entries: [] })
    now = NOON + 5000
    expect(await stub.entriesAfter(null, 10)).toMatchObject({
      seq: 2,
      head: 2,
      entries: [{ subject: 'key:a', revokedAt: NOON, disabled: false, projection: '["of key_1"]' }],
    })
  })

  it('gives pages in order, from after the one before', async () => {
    const { stub, record, sync } = aLedger()
    await record([edit('a'), edit('b', { keyId: 'key_2', disabled: true }), edit('c', { keyId: 'key_3' })])
    now = NOON + 5000
    const { epoch } = await sync()

    const first = await stub.entriesAfter(null, 2)
    const second = await stub.entriesAfter({ epoch, seq: first.seq }, 2)
    const third = await stub.entriesAfter({ epoch, seq: second.seq }, 2)

    expect([first, second, third].map(({ entries }) => entries.map(({ subject }) => subject))).toEqual([
      ['key:a', 'key:b'],
      ['key:c'],
      [],
    ])
    expect(third).toMatchObject({ seq: 3, head: 3 })
  })

  it('begins anew for whoever stopped in another epoch', async () => {
    const { stub, record } = aLedger()
    await record([edit('a')])
    now = NOON + 5000

    expect((await stub.entriesAfter({ epoch: 'another', seq: 99 }, 10)).entries).toHaveLength(1)
  })

  it('never passes over an entry that is left out, even when the clock went back after it', async () => {
    const { stub, record } = aLedger()
    now = NOON + 1000
    await record([revoke('key_1', 'key:a')])
    now = NOON
    await record([revoke('key_2', 'key:b')])

    now = NOON + 5500
    const { seq } = await stub.entriesAfter(null, 10)

    expect(seq).toBeLessThan(2)
  })
})

describe('the alarm', () => {
  /** Deps whose ledger is one of its own, and what a request over them could not write. */
  async function aPendingRevocation() {
    const { name, stub } = aLedger()
    const ledger: LedgerClient = {
      shards: 1,
      shardOf: () => 0,
      sync: async (_, question) => stub.sync(question),
      record: async (_, changes, environment) => stub.record(changes, environment),
      entriesAfter: async (_, after, limit) => stub.entriesAfter(after, limit),
    }
    const deps = testDeps({ ledger })
    const { key, environment } = await aStoredKey(deps)
    const withoutStores = testDeps({ ledger, db: failingD1(), kv: flakyKv(env.REVOCATIONS, { writes: true }) })
    await revokeKey(withoutStores, aCaller(), key.id, { reason: 'compromised', note: 'x' })
    const alarmAt = () => runInDurableObject(stub, (_, state) => state.storage.getAlarm())
    return { name, stub, ledger, deps, key, environment, alarmAt }
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
    const { name, stub } = await aPendingRevocation()
    now = NOON + 5001

    await runDurableObjectAlarm(stub)

    const { epoch, seq } = await stub.sync({ since: null, ask: [] })
    const mark = await env.DB.prepare('SELECT epoch, seq FROM ledger_marks WHERE shard = ?').bind(name).first()
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
