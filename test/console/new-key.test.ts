import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { signIn } from '../../src/service/console-sessions.ts'
import { flakyD1 } from '../support/broken-bindings.ts'
import { call, ORIGIN, verdictOn, walkToKey } from '../support/client.ts'
import { testDeps } from '../support/factory.ts'
import { postForm } from '../support/oauth.ts'
import { aSignedIn, hiddenField, type Seen, shownToken, type Visitor } from '../support/visitor.ts'

let visitor: Visitor
let environmentId: string
let address: string
beforeAll(async () => {
  visitor = await aSignedIn()
  environmentId = (await walkToKey()).environment.id
  address = `/console/environments/${environmentId}/keys/new`
})

const freshFormId = async () => hiddenField(await visitor.get(address), 'formId')
const create = async (fields: Record<string, string | string[]> = {}, headers = {}): Promise<Seen> =>
  visitor.post(address, { formId: await freshFormId(), name: 'billing', expiry: 'never', ...fields }, headers)
const keysNamed = async (name: string) =>
  (await call('GET', `/v1/environments/${environmentId}/keys?search=${name}`)).body.data

describe('a key that is made at the console', () => {
  it('is shown once, in the answer itself, and works', async () => {
    const answer = await create({ name: 'shown', scopes: ['read', 'write'] })
    const token = shownToken(answer) ?? ''

    expect(answer.status).toBe(201)
    expect(answer.location).toBeNull()
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.body.split(token)).toHaveLength(2)
    expect(answer.body).toContain('Store this key now: it cannot be shown again.')
    expect(await verdictOn(token)).toMatchObject({ valid: true, name: 'shown', scopes: ['read', 'write'] })
  })

  it('is shown nowhere after: not in the list, not on its own page, in no cookie, in no table', async () => {
    const answer = await create({ name: 'hidden' })
    const token = shownToken(answer) ?? ''
    const [key] = await keysNamed('hidden')

    const pages = [await visitor.get(address.replace('/new', '')), await visitor.get(`/console/keys/${key.id}`)]

    for (const { body } of pages) expect(shownToken({ body } as Seen)).toBeNull()
    expect(answer.headers.getSetCookie().join()).not.toContain(token.slice(13))
    const { results } = await env.DB.prepare('SELECT * FROM console_sent_forms').all()
    expect(JSON.stringify(results)).not.toContain(token.slice(13))
  })

  it('is made once, however often the form is sent', async () => {
    const formId = await freshFormId()
    const first = await create({ formId, name: 'twice' })

    const second = await create({ formId, name: 'twice' })

    expect(shownToken(first)).not.toBeNull()
    expect(second.status).toBe(409)
    expect(shownToken(second)).toBeNull()
    expect(await keysNamed('twice')).toHaveLength(1)
    expect(second.body).toContain(`/console/keys/${(await keysNamed('twice'))[0].id}`)
  })

  it('is made once when the form is sent twice at the same moment', async () => {
    const formId = await freshFormId()

    const answers = await Promise.all([create({ formId, name: 'race' }), create({ formId, name: 'race' })])

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
    expect(await keysNamed('race')).toHaveLength(1)
  })

  it('is not made by a form without its id', async () => {
    expect(await create({ formId: '' })).toMatchObject({ status: 400 })
  })

  it('has what every key must have, ticked or not, and the end that was chosen', async () => {
    await create({ name: 'bounded', scopes: [], expiry: 'date', expiresOn: '2099-01-31' })

    expect((await keysNamed('bounded'))[0]).toMatchObject({ scopes: ['read'], expiresAt: '2099-02-01T00:00:00.000Z' })
  })

  it.each([
    ['name', { name: '' }],
    ['expiresOn', { expiry: 'date', expiresOn: '31.1.2099' }],
    ['expiresAt', { expiry: 'date', expiresOn: '2001-01-31' }],
    ['scopes', { scopes: ['admin'] }],
    ['ownerId', { ownerId: 'x'.repeat(201) }],
  ])('is not made of a form whose %s does not fit, which comes back as it was', async (field, fields) => {
    const answer = await create({ name: 'refused', ownerId: 'somebody', ...fields })

    expect(answer.status).toBe(400)
    expect(answer.body).toContain(`href="#field-${field}"`)
    if (field !== 'ownerId') expect(answer.body).toContain('value="somebody"')
    expect(await keysNamed('refused')).toEqual([])
  })

  it('is shown though the routes to try it with cannot be read', async () => {
    const deps = testDeps({ db: flakyD1(env.DB, { statements: /^select "revision", "routes"/ }) })
    const { token } = await signIn(deps, env.ROOT_KEY)
    const headers = { Cookie: `__Host-keyward=${token}`, Origin: ORIGIN }
    const form = { formId: crypto.randomUUID(), name: 'untried', expiry: 'never' }

    const answer = await postForm(deps, address, form, headers)

    expect(answer.status).toBe(201)
    expect(shownToken({ ...answer, location: null })).not.toBeNull()
    expect(answer.body).toContain('/v1/whoami')
  })

  it('comes alone when the script asks for it, to be shown in the dialog', async () => {
    const answer = await create({ name: 'alone' }, { 'Keyward-Fragment': '1' })

    expect(shownToken(answer)).not.toBeNull()
    expect(answer.body).not.toContain('<html')
  })
})

describe('names that mean harm', () => {
  it('are text and nothing else, on every page', async () => {
    const name = '<img src=x onerror=alert(1)>'
    await create({ name, ownerId: '"><script>alert(2)</script>' })
    const { key } = (await call('POST', `/v1/environments/${environmentId}/keys`, { body: { name, scopes: ['read'] } }))
      .body

    for (const path of [address.replace('/new', ''), `/console/keys/${key.id}`, `/console/keys/${key.id}/revoke`]) {
      const { body } = await visitor.get(path)
      expect(body).not.toMatch(/<img|<script>/)
      expect(body).toContain('&lt;img src=x onerror=alert(1)&gt;')
    }
  })

  // Names are refused without anything to see; these are from before they were.
  it.each(['\u200B', '\u200D\u2060', '\u3164', '\u2800 \u115F', '\u{E0041}'])(
    'are told by their characters when nobody can see them: %j',
    async (name) => {
      const { body } = await call('POST', `/v1/environments/${environmentId}/keys`, {
        body: { name: 'x', scopes: ['read'] },
      })
      const { id, prefix } = body.key
      await env.DB.prepare('UPDATE api_keys SET name = ? WHERE id = ?').bind(name, id).run()
      const code = (name.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')

      const list = (await visitor.get(address.replace('/new', ''))).body
      const revoke = (fields: Record<string, string>) => visitor.post(`/console/keys/${id}/revoke`, fields)

      expect(list).toContain(`U+${code}</span>`)
      expect(list).toContain(`<a href="/console/keys/${id}" tabindex="-1"><code class="prefix">${prefix}</code></a>`)
      expect((await visitor.get(`/console/keys/${id}/revoke`)).body).toContain(`<bdi class="expected">${id}</bdi>`)
      expect(await revoke({ confirm: name })).toMatchObject({ status: 400 })
      expect(await revoke({ confirm: id })).toMatchObject({ status: 303 })
    },
  )

  it('cannot turn the text around them', async () => {
    await create({ name: '\u202Egnp.exe' })

    const { body } = await visitor.get(address.replace('/new', ''))

    expect(body).not.toContain('\u202E')
    expect(body).toContain('U+202E')
  })
})
