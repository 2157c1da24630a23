import { beforeAll, describe, expect, it } from 'vitest'
import { aKeyIn, call, verdictOn, walkToKey } from '../support/client.ts'
import { aSignedIn, hiddenField, shownToken, type Visitor } from '../support/visitor.ts'

let visitor: Visitor
beforeAll(async () => {
  visitor = await aSignedIn()
})

const keyOf = async (id: string) => (await call('GET', `/v1/keys/${id}`)).body

describe('revoking at the console', () => {
  it('asks for the name, and does nothing without it', async () => {
    const { key, token } = await walkToKey()

    const answer = await visitor.post(`/console/keys/${key.id}/revoke`, { confirm: 'billin', reason: 'compromised' })

    expect(answer.status).toBe(400)
    expect(answer.body).toContain('href="#field-confirm"')
    expect(await verdictOn(token)).toMatchObject({ valid: true })
  })

  it('kills the key, and its page counts down to when it is dead everywhere', async () => {
    const { environment, key, token } = await walkToKey()
    await call('PATCH', `/v1/environments/${environment.id}`, { body: { bounds: { maxStalenessMs: 60_000 } } })

    await visitor.post(`/console/keys/${key.id}/revoke`, { confirm: key.name, reason: 'compromised', note: 'leaked' })

    const { body } = await visitor.get(`/console/keys/${key.id}`)
    expect(body).toMatch(/data-countdown="[1-9]\d*"/)
    expect(body).toContain('Dead everywhere in at most')
    expect(await keyOf(key.id)).toMatchObject({ status: 'revoked', revokedReason: 'compromised' })
    expect(await verdictOn(token, { maxStalenessMs: 0 })).toMatchObject({ valid: false, code: 'revoked' })
  })
})

describe('changing a key at the console', () => {
  it('saves what was filled in, and says so once', async () => {
    const { key } = await walkToKey()

    const address = `/console/keys/${key.id}/edit`
    await visitor.post(address, {
      ifMatch: hiddenField(await visitor.get(address), 'ifMatch'),
      name: 'invoices',
      scopes: ['write'],
      expiry: 'keep',
      ownerId: 'team-7',
      metadata: '{"tier":"gold"}',
    })

    expect(await keyOf(key.id)).toMatchObject({
      name: 'invoices',
      scopes: ['read', 'write'],
      expiresAt: null,
      ownerId: 'team-7',
      metadata: { tier: 'gold' },
    })
    const said = 'Changes saved.'
    expect((await visitor.get(`/console/keys/${key.id}`)).body).toContain(said)
    expect((await visitor.get(`/console/keys/${key.id}`)).body).not.toContain(said)
  })

  it.each([
    ['broken', '{"tier":', 'is not well-formed JSON'],
    ['ambiguous', '{"a":1,"a":2}', 'must be given only once'],
    ['inexact', '{"a":9007199254740993}', 'cannot be kept exactly as a number'],
  ])('names the field whose JSON is %s and keeps what was typed', async (_what, metadata, fault) => {
    const { key } = await walkToKey()

    const address = `/console/keys/${key.id}/edit`
    const answer = await visitor.post(address, {
      ifMatch: hiddenField(await visitor.get(address), 'ifMatch'),
      name: 'x',
      expiry: 'keep',
      metadata,
    })

    expect(answer.status).toBe(400)
    expect(answer.body).toContain(fault)
    expect(answer.body).toContain(`${metadata.replaceAll('"', '&quot;')}</textarea>`)
  })

  it('disables and enables it', async () => {
    const { key } = await walkToKey()

    await visitor.post(`/console/keys/${key.id}/enabled`, { enabled: 'false' })
    expect(await keyOf(key.id)).toMatchObject({ status: 'disabled' })
    const ifMatch = hiddenField(await visitor.get(`/console/keys/${key.id}`), 'ifMatch')
    await visitor.post(`/console/keys/${key.id}/enabled`, { enabled: 'true', ifMatch })
    expect(await keyOf(key.id)).toMatchObject({ status: 'active' })
  })

  it('is refused for a revoked key', async () => {
    const { key } = await walkToKey()
    await call('POST', `/v1/keys/${key.id}/revoke`)

    expect(await visitor.get(`/console/keys/${key.id}/edit`)).toMatchObject({ status: 409 })
  })
})

describe('rotating at the console', () => {
  it('shows the new token once, and lets the old one go on for as long as was chosen', async () => {
    const { key, token } = await walkToKey()
    const address = `/console/keys/${key.id}/rotate`
    const form = await visitor.get(address)
    const hidden = { formId: hiddenField(form, 'formId'), ifMatch: hiddenField(form, 'ifMatch') }
    const fields = { ...hidden, overlapSeconds: '3600' }

    const first = await visitor.post(address, fields)
    const second = await visitor.post(address, fields)

    const fresh = shownToken(first) ?? ''
    expect(fresh).not.toBe(token)
    expect(await verdictOn(fresh)).toMatchObject({ valid: true, keyId: key.id })
    expect(await verdictOn(token)).toMatchObject({ valid: true })
    expect({ status: second.status, token: shownToken(second) }).toEqual({ status: 409, token: null })
    expect((await keyOf(key.id)).secrets).toHaveLength(2)
  })
})

describe('the list of keys', () => {
  const namesIn = (body: string) => [...body.matchAll(/class="row-link"[^>]*><bdi>([^<]*)</g)].map(([, name]) => name)

  it('is read page by page in either order, each key once', async () => {
    const { environment } = await walkToKey({ name: 'key-00' })
    for (let count = 1; count < 30; count += 1) {
      await aKeyIn(environment.id, { name: `key-${String(count).padStart(2, '0')}` })
    }
    const list = `/console/environments/${environment.id}/keys`
    const oldest = Array.from({ length: 30 }, (_, count) => `key-${String(count).padStart(2, '0')}`)

    for (const [address, expected] of [
      [list, oldest.toReversed()],
      [`${list}?order=oldest`, oldest],
    ] as const) {
      const first = await visitor.get(address)
      const next = /href="([^"]*cursor=[^"]*)"/.exec(first.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
      const second = await visitor.get(next)
      expect([...namesIn(first.body), ...namesIn(second.body)]).toEqual(expected)
      expect(second.body).not.toContain('rel="next"')
    }
  })

  it('finds by name, status, scope and owner, and says when nothing fits', async () => {
    const { environment, key } = await walkToKey({ name: 'alpha', ownerId: 'acme' })
    const beta = await aKeyIn(environment.id, { name: 'beta', scopes: ['read', 'write'] })
    await call('POST', `/v1/keys/${beta.key.id}/revoke`)
    const list = `/console/environments/${environment.id}/keys`
    const found = async (query: string) => namesIn((await visitor.get(`${list}?${query}`)).body)

    expect(await found('search=alp')).toEqual([key.name])
    expect(await found('status=revoked')).toEqual(['beta'])
    expect(await found('scope=write')).toEqual(['beta'])
    expect(await found('owner=acme')).toEqual([key.name])
    expect((await visitor.get(`${list}?search=zzz`)).body).toContain('No key matches')
  })

  it('refuses a cursor that is none with a page, not a fault', async () => {
    const { environment } = await walkToKey()

    expect(await visitor.get(`/console/environments/${environment.id}/keys?cursor=zzz`)).toMatchObject({ status: 400 })
  })

  it('teaches how to begin where there is nothing yet', async () => {
    const { environment } = await walkToKey()
    await call('POST', `/v1/environments/${environment.id}/revoke-keys`, { body: { reason: 'unspecified' } })
    const empty = await call('POST', `/v1/projects/${environment.projectId}/environments`, {
      body: { name: 'Empty', tag: 'staging', template: 'data-api' },
    })

    const { body } = await visitor.get(`/console/environments/${empty.body.id}/keys`)

    expect(body).toContain('No keys yet')
    expect(body).toContain(`curl -X POST https://keyward.test/v1/environments/${empty.body.id}/keys`)
  })
})
