import { expect, it } from 'vitest'
import { Isolate } from '../../src/edge/isolate.ts'
import { readSetting, rememberedSetting } from '../../src/edge/settings.ts'
import { withDeadline } from '../../src/store/deadline.ts'

it('what an isolate remembers of an environment is not used while nobody vouches that it is still so', async () => {
  const isolate = new Isolate()
  const source = {
    key: 'front-door:env_1',
    environmentId: 'env_1',
    read: async () => ({ environmentRevision: 1, value: 'routes' }),
  }
  await readSetting({ isolate, deadline: withDeadline }, source, { vouched: true })

  expect(rememberedSetting(isolate, source, { vouched: true })).toEqual({ value: 'routes' })
  expect(rememberedSetting(isolate, source, { vouched: false })).toBeNull()
})
