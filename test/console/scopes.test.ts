// The scope catalogue at the console: what a form shows is what it stores.
import { beforeAll, describe, expect, it } from 'vitest'
import { call, walkToKey } from '../support/client.ts'
import { aSignedIn, hiddenField, type Seen, type Visitor } from '../support/visitor.ts'

let visitor: Visitor
let settings: string
let environmentId: string
beforeAll(async () => {
  visitor = await aSignedIn()
  const { project } = await walkToKey()
  const body = { name: 'Live', tag: 'live', scopes: [{ ...READ, aliases: ['neuronsearchlab-api/read', 'vendor/y'] }] }
  environmentId = (await call('POST', `/v1/projects/${project.id}/environments`, { body })).body.id
  settings = `/console/environments/${environmentId}/settings`
})

const READ = { name: 'recommendations', description: 'Get recommendations and search', required: false }

const save = async (aliases: string): Promise<Seen> => {
  const form = (await visitor.get(settings)).body.split(`action="${settings}/scopes"`)[1] ?? ''
  return visitor.post(`${settings}/scopes`, {
    intent: 'save',
    ifMatch: hiddenField({ ...EMPTY, body: form }, 'ifMatch'),
    row: ['0'],
    'scopes.0.name': READ.name,
    'scopes.0.description': READ.description,
    'scopes.0.aliases': aliases,
  })
}
const EMPTY: Seen = { status: 200, headers: new Headers(), body: '', location: null }

const stored = async () => (await call('GET', `/v1/environments/${environmentId}`)).body.scopes

describe('the aliases of a scope', () => {
  it('are shown in the form as they are stored', async () => {
    const { body } = await visitor.get(settings)

    expect(body).toMatch(/name="scopes\.0\.aliases"[^>]*value="neuronsearchlab-api\/read vendor\/y"/)
  })

  it('are saved as they are typed, with spaces between them', async () => {
    expect((await save(' neuronsearchlab-api/read  vendor/x ')).status).toBe(303)

    expect(await stored()).toEqual([{ ...READ, aliases: ['neuronsearchlab-api/read', 'vendor/x'] }])
  })

  it('are refused beside their field when they are no scope names', async () => {
    const answer = await save('vendor/x Vendor')

    expect(answer.status).toBe(400)
    expect(answer.body).toMatch(/id="field-scopes\.0\.aliases-fault">\s*must begin with a lower-case letter/)
  })

  it('are shown to a member, who cannot change them', async () => {
    const { body } = await (await aSignedIn('member')).get(settings)

    expect(body).toContain('recommendations (also ')
  })

  it('are gone when the field is emptied', async () => {
    await save('')

    expect(await stored()).toEqual([READ])
  })
})
