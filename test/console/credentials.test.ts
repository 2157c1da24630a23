import { env, exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { call, ORIGIN, verdictOn, walkToKey } from '../support/client.ts'
import { aSignedIn, hiddenField, type Seen, type Visitor } from '../support/visitor.ts'

let visitor: Visitor
let environmentId: string
let list: string
beforeAll(async () => {
  visitor = await aSignedIn()
  environmentId = (await walkToKey()).environment.id
  list = `/console/environments/${environmentId}/credentials`
})

const SECRET = /nsls_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}/

async function create(name: string): Promise<{ answer: Seen; id: string; secret: string }> {
  const formId = hiddenField(await visitor.get(`${list}/new`), 'formId')
  const answer = await visitor.post(`${list}/new`, { formId, name, scopes: ['write'] })
  return { answer, id: /cred_[0-9a-z]{26}/.exec(answer.body)?.[0] ?? '', secret: SECRET.exec(answer.body)?.[0] ?? '' }
}

const tokenStatus = async (id: string, secret: string): Promise<number> => (await obtain(id, secret)).status

async function obtain(id: string, secret: string): Promise<Response> {
  return exports.default.fetch(`${ORIGIN}/oauth2/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
}

describe('an SDK credential at the console', () => {
  it('is shown once with its client id, and obtains access tokens', async () => {
    const { answer, id, secret } = await create('storefront')

    expect(answer.status).toBe(201)
    expect(answer.body.split(secret)).toHaveLength(2)
    expect(answer.body).toContain('Store this client secret now: it cannot be shown again.')
    expect(await tokenStatus(id, secret)).toBe(200)
    for (const path of [list, `/console/credentials/${id}`]) expect((await visitor.get(path)).body).not.toMatch(SECRET)
  })

  it('has a list of its own, apart from the keys', async () => {
    const { id } = await create('apart')

    expect((await visitor.get(list)).body).toContain(`/console/credentials/${id}`)
    expect((await visitor.get(list.replace('credentials', 'keys'))).body).not.toContain(id)
  })

  it('is renamed and rescoped, and keeps what only keys have', async () => {
    const { id } = await create('before')

    const address = `/console/credentials/${id}/edit`
    const ifMatch = hiddenField(await visitor.get(address), 'ifMatch')
    await visitor.post(address, { ifMatch, name: 'after', scopes: [] })

    expect((await call('GET', `/v1/credentials/${id}`)).body).toMatchObject({ name: 'after', scopes: ['read'] })
  })

  it('is rotated with an overlap, and the new secret shown once', async () => {
    const { id, secret } = await create('rotated')
    const address = `/console/credentials/${id}/rotate`
    const form = await visitor.get(address)
    const hidden = { formId: hiddenField(form, 'formId'), ifMatch: hiddenField(form, 'ifMatch') }

    const answer = await visitor.post(address, { ...hidden, overlapSeconds: '3600' })

    const fresh = SECRET.exec(answer.body)?.[0] ?? ''
    expect(fresh).not.toBe(secret)
    expect([await tokenStatus(id, fresh), await tokenStatus(id, secret)]).toEqual([200, 200])
  })

  it('is revoked by its name, with a receipt', async () => {
    const { id, secret } = await create('revoked')

    await visitor.post(`/console/credentials/${id}/revoke`, { confirm: 'revoked' })

    expect((await visitor.get(`/console/credentials/${id}`)).body).toContain('Dead everywhere')
    expect(await tokenStatus(id, secret)).toBe(401)
  })

  it('has no secret in the database', async () => {
    const { secret } = await create('hashed')

    const { results } = await env.DB.prepare('SELECT * FROM api_key_secrets').all()

    expect(JSON.stringify(results)).not.toContain(secret.slice(14))
  })
})

describe('ending all access tokens at the console', () => {
  it('ends those that were obtained, and lets the client obtain new ones', async () => {
    const { id, secret } = await create('shared laptop')
    const { access_token: before } = await (await obtain(id, secret)).json<{ access_token: string }>()
    const page = `/console/credentials/${id}`
    expect((await visitor.get(page)).body).toContain(`href="${page}/end-tokens"`)

    expect(await visitor.post(`${page}/end-tokens`, {})).toMatchObject({ status: 400 })
    expect(await verdictOn(before)).toMatchObject({ valid: true })
    const answer = await visitor.post(`${page}/end-tokens`, { confirm: 'shared laptop' })

    expect(answer.status).toBe(303)
    expect(await verdictOn(before)).toMatchObject({ valid: false })
    const { access_token: after } = await (await obtain(id, secret)).json<{ access_token: string }>()
    expect(await verdictOn(after)).toMatchObject({ valid: true })
  })

  it('is nothing for an API key', async () => {
    const { key } = await walkToKey()

    expect(await visitor.get(`/console/credentials/${key.id}/end-tokens`)).toMatchObject({ status: 404 })
    expect(await visitor.post(`/console/credentials/${key.id}/end-tokens`, {})).toMatchObject({ status: 404 })
    expect((await visitor.get(`/console/keys/${key.id}`)).body).not.toContain('end-tokens')
  })
})
