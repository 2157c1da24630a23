import { describe, expect, it } from 'vitest'
import { Isolate } from '../../src/edge/isolate.ts'
import { findCachedSetting, readSetting, type SettingReading } from '../../src/edge/settings.ts'
import { withDeadline } from '../../src/store/deadline.ts'

const ENVIRONMENT = 'env_1'
type Copies = {
  nearest?: () => Promise<SettingReading<string> | null>
  primary?: () => Promise<SettingReading<string> | null>
}

const reading = (value: string, environmentRevision = 1) => ({ environmentRevision, value })

/** A setting whose two copies answer as given; a copy that is not given must not be asked. */
function aSource(copies: Copies) {
  const asked: string[] = []
  return {
    asked,
    key: 'front-door:env_1',
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
  isolate.learn({ subject: `environment:${ENVIRONMENT}`, revision, revokedAt: null, keyId: null, issuedBefore: null })

const deps = (isolate = new Isolate()) => ({ isolate, deadline: withDeadline })

describe('readSetting', () => {
  it('remembers what the nearest copy says, so that it is not asked again', async () => {
    const { isolate, deadline } = deps()
    const source = aSource({ nearest: async () => reading('first') })

    const read = await readSetting({ isolate, deadline }, source, { vouched: true })

    expect(read).toEqual({ answered: true, answer: 'first' })
    expect(findCachedSetting(isolate, source, { vouched: true })).toEqual({ value: 'first' })
    expect(source.asked).toEqual(['nearest'])
  })

  it('asks the primary where the nearest copy is behind what the ledger said', async () => {
    const { isolate, deadline } = deps()
    learnEdit(isolate, 2)
    const source = aSource({ nearest: async () => reading('old'), primary: async () => reading('new', 2) })

    const read = await readSetting({ isolate, deadline }, source, { vouched: true })

    expect(read).toEqual({ answered: true, answer: 'new' })
    expect(findCachedSetting(isolate, source, { vouched: true })).toEqual({ value: 'new' })
  })

  it('does not remember what a change overtook while it was read', async () => {
    const { isolate, deadline } = deps()
    const overtaken = async () => {
      learnEdit(isolate, 2)
      return reading('old')
    }
    const source = aSource({ nearest: overtaken, primary: async () => reading('old') })

    await readSetting({ isolate, deadline }, source, { vouched: true })

    expect(findCachedSetting(isolate, source, { vouched: true })).toBeNull()
  })

  it('does not remember what was read before the isolate had to start over', async () => {
    const { isolate, deadline } = deps()
    const forgetting = async () => {
      isolate.settings.forgetAll()
      return reading('from before')
    }

    await readSetting({ isolate, deadline }, aSource({ nearest: forgetting }), { vouched: true })

    expect(findCachedSetting(isolate, aSource({}), { vouched: true })).toBeNull()
  })

  it('asks the primary and remembers nothing while nobody vouches for how current that is', async () => {
    const { isolate, deadline } = deps()
    const source = aSource({ primary: async () => reading('now') })

    const read = await readSetting({ isolate, deadline }, source, { vouched: false })

    expect(read).toEqual({ answered: true, answer: 'now' })
    expect(findCachedSetting(isolate, source, { vouched: true })).toBeNull()
  })

  it('has no answer while D1 has none', async () => {
    const { isolate, deadline } = deps()
    const source = aSource({
      nearest: () => Promise.reject(new Error('down')),
      primary: () => Promise.reject(new Error('down')),
    })

    expect(await readSetting({ isolate, deadline }, source, { vouched: true })).toEqual({ answered: false })
  })

  it('takes the word of a primary that was restored to before the last edit, each time anew', async () => {
    const { isolate, deadline } = deps()
    learnEdit(isolate, 5)
    const source = aSource({ nearest: async () => reading('restored', 3), primary: async () => reading('restored', 3) })

    expect(await readSetting({ isolate, deadline }, source, { vouched: true })).toEqual({
      answered: true,
      answer: 'restored',
    })
    expect(findCachedSetting(isolate, source, { vouched: true })).toBeNull()
  })
})

describe('findCachedSetting', () => {
  it('is none from the moment the isolate hears that its environment changed', async () => {
    const { isolate, deadline } = deps()
    const source = aSource({ nearest: async () => reading('first') })
    await readSetting({ isolate, deadline }, source, { vouched: true })

    learnEdit(isolate, 2)

    expect(findCachedSetting(isolate, source, { vouched: true })).toBeNull()
  })

  it('is none once the ledger has lost its memory', async () => {
    const { isolate, deadline } = deps()
    const source = aSource({ nearest: async () => reading('first') })
    const answer = (epoch: string) => ({ epoch, seq: 0, reset: true, changes: [], standings: [] })
    isolate.read(1000)
    isolate.apply(0, { since: null, ask: [] }, 1000, answer('one'), null)
    await readSetting({ isolate, deadline }, source, { vouched: true })

    isolate.apply(0, { since: { epoch: 'one', seq: 0 }, ask: [] }, 1000, answer('two'), null)

    expect(findCachedSetting(isolate, source, { vouched: true })).toBeNull()
  })
})
