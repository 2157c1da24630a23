import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { environmentSubjectOf } from '../../src/core/ledger-messages.ts'
import type { RerankControls, RerankMode } from '../../src/core/rerank.ts'
import { editEnvironment, getEnvironment } from '../../src/service/environments.ts'
import {
  type ContextReference,
  getRerankControls,
  listRerankControls,
  setRerankControls,
} from '../../src/service/rerank-controls.ts'
import { deleteEnvironment } from '../../src/service/revoke-environment.ts'
import { withDeadline } from '../../src/store/deadline.ts'
import { readRerankControls } from '../../src/store/rerank-controls.ts'
import { flakyD1, flakyLedger, type LedgerFault } from '../support/broken-bindings.ts'
import {
  aCaller,
  anEnvironment,
  eventsOf,
  FIRST_PAGE,
  ledgerAt,
  NOON,
  type TestDeps,
  testDeps,
} from '../support/factory.ts'

const controlsOf = (rerank_depth: number, rerank_mode: RerankMode = 'balanced'): RerankControls => ({
  global_default: { surface: 'search', rerank_mode, rerank_depth },
})

const WITH_PRESET: RerankControls = {
  ...controlsOf(10),
  surface_presets: { results: { rerank_mode: 'off', rerank_depth: 0 } },
}

/** An environment, whose rerank controls are set and read through a ledger that may be broken. */
async function anEnvironmentToControl(fault: LedgerFault = {}, db: D1Database = env.DB) {
  const environment = await anEnvironment(testDeps())
  const ledger = flakyLedger(
    ledgerAt(() => NOON),
    fault,
  )
  // Nobody waits for what hangs on purpose.
  const deadline: TestDeps['deadline'] = (work, timeoutMs) => withDeadline(work, fault.hangs ? 300 : timeoutMs)
  const deps = { ...testDeps({ ledger, db }), deadline }
  const sound = testDeps()
  const place = (contextId = 'home'): ContextReference => ({ environmentId: environment.id, contextId })
  return {
    deps,
    ledger,
    environment,
    set: (controls: RerankControls, contextId?: string) =>
      setRerankControls(deps, aCaller(), place(contextId), controls),
    stored: (contextId = 'home') => readRerankControls(sound.db, environment.id, contextId),
    revision: async () => (await getEnvironment(sound, aCaller(), environment.id)).revision,
    events: () => eventsOf(sound, { environmentId: environment.id, action: 'rerank_controls.updated' }),
  }
}

const rounds = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('setRerankControls', () => {
  it('stores what it is given, whole, and leaves nothing of what was there before', async () => {
    const { set, stored } = await anEnvironmentToControl()
    await set(WITH_PRESET)

    expect(await set(controlsOf(20))).toEqual(controlsOf(20))

    expect((await stored())?.controls).toStrictEqual(controlsOf(20))
  })

  it('keeps the contexts of an environment, and the environments, apart', async () => {
    const { set, stored } = await anEnvironmentToControl()
    const other = await anEnvironmentToControl()

    await set(controlsOf(1))
    await set(controlsOf(2), 'Home')
    await other.set(controlsOf(3))

    expect((await stored())?.controls).toEqual(controlsOf(1))
    expect((await stored('Home'))?.controls).toEqual(controlsOf(2))
    expect((await other.stored())?.controls).toEqual(controlsOf(3))
  })

  it('tells the ledger before anything is stored, and gives the environment the revision it answered', async () => {
    const seen: unknown[] = []
    const made = await anEnvironmentToControl({
      after: async () => seen.push(await made.stored(), await made.events()),
    })

    await made.set(controlsOf(10))

    expect(seen).toEqual([{ environmentRevision: 1, controls: null }, []])
    const answer = await made.deps.ledger.sync({ since: null, ask: [environmentSubjectOf(made.environment.id)] })
    expect(answer).toMatchObject({ standings: [{ revision: await made.revision() }] })
    expect(await made.stored()).toEqual({ environmentRevision: 2, controls: controlsOf(10) })
  })

  it('makes this isolate doubt at once what it read of the environment before', async () => {
    const { deps, environment, set, revision } = await anEnvironmentToControl()
    const readAt = (environmentRevision: number) => ({ environmentId: environment.id, environmentRevision })

    await set(controlsOf(10))

    expect(deps.isolate.isCurrent(readAt(1))).toBe(false)
    expect(deps.isolate.isCurrent(readAt(await revision()))).toBe(true)
  })

  it.each<[string, LedgerFault]>([
    ['rejects', { down: true }],
    ['hangs', { hangs: true }],
  ])('changes nothing while the ledger %s', async (_, fault) => {
    const broken: LedgerFault = {}
    const { set, stored, revision, events } = await anEnvironmentToControl(broken)
    await set(controlsOf(10))
    Object.assign(broken, fault)

    await expect(set(controlsOf(20))).rejects.toMatchObject({ code: 'unavailable' })

    expect(await stored()).toEqual({ environmentRevision: 2, controls: controlsOf(10) })
    expect([await revision(), (await events()).length]).toEqual([2, 1])
  })

  it('changes nothing when the database is lost after the ledger was told, and is made by sending it again', async () => {
    const broken: { statements?: RegExp } = { statements: /^(insert|update)/i }
    const { set, stored, revision, events } = await anEnvironmentToControl({}, flakyD1(env.DB, broken))

    await expect(set(controlsOf(10))).rejects.toMatchObject({ code: 'unavailable' })
    expect(await stored()).toEqual({ environmentRevision: 1, controls: null })
    expect(await events()).toEqual([])
    delete broken.statements

    await set(controlsOf(10))
    expect((await stored())?.controls).toEqual(controlsOf(10))
    expect(await revision()).toBeGreaterThan(2)
  })

  it('tells nobody of the same controls again, in whatever order their members come', async () => {
    const { ledger, set, revision, events } = await anEnvironmentToControl()
    await set(WITH_PRESET)
    const { surface_presets, global_default } = WITH_PRESET

    await set({ surface_presets, global_default })

    expect([ledger.changes, await revision(), (await events()).length]).toEqual([1, 2, 1])
  })

  it('records who set what, with how it was before', async () => {
    const { environment, set, events } = await anEnvironmentToControl()

    await set(controlsOf(10))
    await set(WITH_PRESET)

    const filed = { actor: { id: 'root' }, projectId: environment.projectId, requestId: 'test-request', at: NOON }
    expect(await events()).toMatchObject([
      {
        ...filed,
        before: { contextId: 'home', controls: null },
        after: { contextId: 'home', controls: controlsOf(10) },
      },
      {
        ...filed,
        before: { contextId: 'home', controls: controlsOf(10) },
        after: { contextId: 'home', controls: WITH_PRESET },
      },
    ])
  })

  it('loses none of twelve at once, and none of the edits of the environment beside them', async () => {
    const { deps, environment, set, stored, events } = await anEnvironmentToControl()
    const rename = (name: string) => editEnvironment(deps, aCaller(), environment.id, { name })

    await Promise.all(
      rounds(12).map((n) => (n % 4 === 0 ? rename(`name ${n}`) : set(controlsOf(n), `context-${n % 2}`))),
    )

    const made = await events()
    const state: Record<string, unknown> = { 'context-0': null, 'context-1': null }
    for (const { before, after } of made) {
      const contextId = String(after?.['contextId'])
      expect(before).toEqual({ contextId, controls: state[contextId] })
      state[contextId] = after?.['controls']
    }
    expect(made).toHaveLength(9)
    for (const contextId of ['context-0', 'context-1']) {
      expect((await stored(contextId))?.controls).toEqual(state[contextId])
    }
    const renamed = await eventsOf(deps, { environmentId: environment.id, action: 'environment.updated' })
    expect(renamed).toHaveLength(3)
  })

  it('is overtaken by what changed the environment after it was read, and decides again', async () => {
    const fault: LedgerFault = {}
    const { environment, set, events } = await anEnvironmentToControl(fault)
    fault.before = async () => {
      delete fault.before
      await setRerankControls(
        testDeps(),
        aCaller(),
        { environmentId: environment.id, contextId: 'home' },
        controlsOf(1),
      )
    }

    await set(controlsOf(2))

    expect((await events()).map(({ before }) => before?.['controls'])).toEqual([null, controlsOf(1)])
  })

  it('is refused, and leaves nothing, when the environment goes meanwhile', async () => {
    const fault: LedgerFault = {}
    const { deps, environment, set, events } = await anEnvironmentToControl(fault)
    fault.before = async () => {
      delete fault.before
      await deleteEnvironment(testDeps(), aCaller(), environment.id, { confirm: 'Production' })
    }

    await expect(set(controlsOf(10))).rejects.toMatchObject({ code: 'not_found' })

    expect(await events()).toEqual([])
    const left = env.DB.prepare('SELECT count(*) AS rows FROM rerank_controls WHERE environment_id = ?')
    expect(await left.bind(environment.id).first()).toEqual({ rows: 0 })
    expect(await readRerankControls(deps.db, environment.id, 'home')).toBeNull()
  })
})

describe('rerank controls', () => {
  it('of a deleted environment are found by nobody', async () => {
    const { deps, environment, set } = await anEnvironmentToControl()
    await set(controlsOf(10))
    await deleteEnvironment(deps, aCaller(), environment.id, { confirm: 'Production' })

    const place = { environmentId: environment.id, contextId: 'home' }
    const gone = [
      getRerankControls(deps, aCaller(), place),
      listRerankControls(deps, aCaller(), environment.id, FIRST_PAGE),
      set(controlsOf(20)),
    ]
    for (const attempt of gone) await expect(attempt).rejects.toMatchObject({ code: 'not_found' })
    expect(await readRerankControls(deps.db, environment.id, 'home')).toBeNull()
  })

  it('are read with the revision of their environment in one statement', async () => {
    const { environment, set } = await anEnvironmentToControl()
    await set(controlsOf(10))
    const statements: string[] = []
    const counted = new Proxy(env.DB, {
      get: (target, property) =>
        property === 'prepare'
          ? (text: string) => {
              statements.push(text)
              return target.prepare(text)
            }
          : Reflect.get(target, property),
    })

    await readRerankControls(testDeps({ db: counted }).db, environment.id, 'home')

    expect(statements).toHaveLength(1)
  })

  it('cannot be stored as anything but an object, under anything but a context id', async () => {
    const { environment } = await anEnvironmentToControl()
    const insert = (contextId: string, controls: string) =>
      env.DB.prepare('INSERT INTO rerank_controls VALUES (?, ?, ?, 0)').bind(environment.id, contextId, controls).run()

    await expect(insert('home', '[]')).rejects.toThrow('CHECK')
    await expect(insert('home', 'null')).rejects.toThrow('CHECK')
    await expect(insert('a b', '{}')).rejects.toThrow('CHECK')
    await expect(insert('', '{}')).rejects.toThrow('CHECK')
  })
})
