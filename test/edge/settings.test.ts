import { describe, expect, it } from 'vitest'
import type { RouteSettings } from '../../src/core/route-table.ts'
import { Isolate } from '../../src/edge/isolate.ts'
import { findCachedSetting, readSetting, type SettingReading } from '../../src/edge/settings.ts'
import { withDeadline } from '../../src/store/deadline.ts'

const ENVIRONMENT = 'env_1'
type Copies = {
  nearest?: () => Promise<SettingReading<RouteSettings> | null>
  primary?: () => Promise<SettingReading<RouteSettings> | null>
}

const settings = (name: string): RouteSettings => ({ routes: [], browserOrigins: [name] })
const reading = (name: string, environmentRevision = 1) => ({ environmentRevision, value: settings(name) })

/** A setting whose two copies answer as given; a copy that is not given must not be asked. */
function aSource(isolate: Isolate, copies: Copies) {
  const asked: string[] = []
  return {
    asked,
    cache: isolate.routeSettings,
    key: ENVIRONMENT,
    environmentId: ENVIRONMENT,
    read: async (copy: 'nearest' | 'primary') => {
      asked.push(copy)
      const answer = copies[copy]
      if (!answer) throw new Error(`the ${copy} copy was asked`)
      return answer()
    },
  }
}

const learnEdit = (isolate: Isolate, revision: number) =>
  isolate.learn({
    subject: `environment:${ENVIRONMENT}`,
    revision,
    revokedAt: null,
    keyId: null,
    issuedBefore: null,
    revokedBelow: null,
    tokensEndedUntil: null,
    hasUnknownSecrets: false,
  })

const answer = (epoch: string) => ({ epoch, seq: 0, reset: true, changes: [], standings: [], now: null })

/** An isolate that has asked about the environment, as the verification of a key of it does. */
function deps(isolate = new Isolate()) {
  isolate.readClock(1000)
  const fill = isolate.beginFill('secret:prefix')
  isolate.apply({ since: null, ask: [`environment:${ENVIRONMENT}`] }, 1000, answer('one'), [fill])
  return { isolate, deadline: withDeadline }
}

describe('readSetting', () => {
  it('remembers what the nearest copy says, so that it is not asked again', async () => {
    const { isolate, deadline } = deps()
    const source = aSource(isolate, { nearest: async () => reading('first') })

    const read = await readSetting({ isolate, deadline }, source, { isLeased: true })

    expect(read).toMatchObject({ answered: true, answer: { value: settings('first') } })
    expect(findCachedSetting(isolate, source, { isLeased: true })).toMatchObject({ value: settings('first') })
    expect(source.asked).toEqual(['nearest'])
  })

  it('asks the primary where the nearest copy is behind what the ledger said', async () => {
    const { isolate, deadline } = deps()
    learnEdit(isolate, 2)
    const source = aSource(isolate, { nearest: async () => reading('old'), primary: async () => reading('new', 2) })

    const read = await readSetting({ isolate, deadline }, source, { isLeased: true })

    expect(read).toMatchObject({ answered: true, answer: { value: settings('new') } })
    expect(findCachedSetting(isolate, source, { isLeased: true })).toMatchObject({ value: settings('new') })
  })

  it('does not remember what a change overtook while it was read', async () => {
    const { isolate, deadline } = deps()
    const overtaken = async () => {
      learnEdit(isolate, 2)
      return reading('old')
    }
    const source = aSource(isolate, { nearest: overtaken, primary: async () => reading('old') })

    await readSetting({ isolate, deadline }, source, { isLeased: true })

    expect(findCachedSetting(isolate, source, { isLeased: true })).toBeNull()
  })

  it('does not remember what was read before the isolate had to start over', async () => {
    const { isolate, deadline } = deps()
    const forgetting = async () => {
      isolate.routeSettings.forgetAll()
      return reading('from before')
    }

    await readSetting({ isolate, deadline }, aSource(isolate, { nearest: forgetting }), { isLeased: true })

    expect(findCachedSetting(isolate, aSource(isolate, {}), { isLeased: true })).toBeNull()
  })

  it('asks the primary and remembers nothing while no lease says how current that is', async () => {
    const { isolate, deadline } = deps()
    const source = aSource(isolate, { primary: async () => reading('now') })

    const read = await readSetting({ isolate, deadline }, source, { isLeased: false })

    expect(read).toMatchObject({ answered: true, answer: { value: settings('now') } })
    expect(findCachedSetting(isolate, source, { isLeased: true })).toBeNull()
  })

  it('asks the primary and remembers nothing in an environment that the ledger was not asked about', async () => {
    const isolate = new Isolate()
    const source = aSource(isolate, { primary: async () => reading('now') })

    const read = await readSetting({ isolate, deadline: withDeadline }, source, { isLeased: true })

    expect(read).toMatchObject({ answered: true, answer: { value: settings('now') } })
    expect(findCachedSetting(isolate, source, { isLeased: true })).toBeNull()
  })

  it('has no answer while D1 has none', async () => {
    const { isolate, deadline } = deps()
    const source = aSource(isolate, {
      nearest: () => Promise.reject(new Error('down')),
      primary: () => Promise.reject(new Error('down')),
    })

    expect(await readSetting({ isolate, deadline }, source, { isLeased: true })).toEqual({ answered: false })
  })

  it('takes the word of a primary that was restored to before the last edit, each time anew', async () => {
    const { isolate, deadline } = deps()
    learnEdit(isolate, 5)
    const source = aSource(isolate, {
      nearest: async () => reading('restored', 3),
      primary: async () => reading('restored', 3),
    })

    expect(await readSetting({ isolate, deadline }, source, { isLeased: true })).toMatchObject({
      answered: true,
      answer: { value: settings('restored') },
    })
    expect(findCachedSetting(isolate, source, { isLeased: true })).toBeNull()
  })
})

describe('findCachedSetting', () => {
  it('is none without a lease, though the setting is remembered', async () => {
    const { isolate, deadline } = deps()
    const source = aSource(isolate, { nearest: async () => reading('first') })
    await readSetting({ isolate, deadline }, source, { isLeased: true })

    expect(findCachedSetting(isolate, source, { isLeased: true })).not.toBeNull()
    expect(findCachedSetting(isolate, source, { isLeased: false })).toBeNull()
  })

  it('is none from the moment the isolate hears that its environment changed', async () => {
    const { isolate, deadline } = deps()
    const source = aSource(isolate, { nearest: async () => reading('first') })
    await readSetting({ isolate, deadline }, source, { isLeased: true })

    learnEdit(isolate, 2)

    expect(findCachedSetting(isolate, source, { isLeased: true })).toBeNull()
  })

  it('is none once the ledger has lost its memory', async () => {
    const { isolate, deadline } = deps()
    const source = aSource(isolate, { nearest: async () => reading('first') })
    await readSetting({ isolate, deadline }, source, { isLeased: true })

    isolate.apply({ since: { epoch: 'one', seq: 0 }, ask: [] }, 1000, answer('two'), [])

    expect(findCachedSetting(isolate, source, { isLeased: true })).toBeNull()
  })
})
