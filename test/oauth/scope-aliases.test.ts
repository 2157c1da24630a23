// Requests by clients whose scope names are fixed in their code: aliases of the catalogue stand for its scopes, here alone.
import { beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/core/environment.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import {
  aCaller,
  anEnvironment,
  anotherIsolate,
  aStoredKey,
  NOON,
  type TestDeps,
  testDeps,
  verifyKey,
} from '../support/factory.ts'
import { aCredential, basic, CLIENT_CREDENTIALS, postForm, readJwt } from '../support/oauth.ts'

const DEFAULT_SCOPE = 'neuronsearchlab-api/read neuronsearchlab-api/write'

let deps: TestDeps
let environment: Environment
beforeAll(async () => {
  deps = testDeps()
  environment = await anEnvironment(deps, { template: 'recommendations' })
})

async function request(scopes: string[], scope: string) {
  const client = await aCredential(deps, { environment, scopes })
  return postForm(deps, '/oauth2/token', { ...CLIENT_CREDENTIALS, scope }, basic(client))
}

describe('a token request by aliases', () => {
  it.each([
    [['recommendations', 'events', 'items'], DEFAULT_SCOPE, 'recommendations events items'],
    [['recommendations', 'events', 'items'], 'neuronsearchlab-api/write', 'events items'],
    [['recommendations', 'events', 'items'], 'neuronsearchlab-api/read items', 'recommendations items'],
    [['recommendations'], DEFAULT_SCOPE, 'recommendations'],
    [['events'], DEFAULT_SCOPE, 'events'],
  ])('of a client that holds %j for %j is granted %j, and told so (RFC 6749 §3.3)', async (held, scope, granted) => {
    const { status, body } = await request(held, scope)

    expect({ status, scope: body.scope }).toEqual({ status: 200, scope: granted })
    expect(readJwt(body.access_token).payload['scope']).toBe(granted)
  })

  it.each([
    [['recommendations'], 'neuronsearchlab-api/write'],
    [['recommendations'], 'neuronsearchlab-api/read events'],
    [[], DEFAULT_SCOPE],
    [['recommendations', 'events', 'items'], 'neuronsearchlab-api/admin'],
    [['recommendations', 'events', 'items'], `${DEFAULT_SCOPE} constructor`],
  ])('of a client that holds %j for %j is invalid_scope', async (held, scope) => {
    expect(await request(held, scope)).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
  })

  it('follows the catalogue: an alias that was removed is unknown within the bound, in every isolate', async () => {
    const edited = await anEnvironment(deps, { template: 'recommendations' })
    const client = await aCredential(deps, { environment: edited, scopes: ['events'] })
    const there = anotherIsolate(deps)
    const form = { ...CLIENT_CREDENTIALS, scope: DEFAULT_SCOPE }
    const before = await postForm(there, '/oauth2/token', form, basic(client))

    await editEnvironment(deps, aCaller(), edited.id, {
      scopes: edited.scopes.map(({ aliases: _, ...scope }) => scope),
    })
    there.setTime(NOON + 60_001)
    const after = await postForm(there, '/oauth2/token', form, basic(client))

    expect([before.status, after.status]).toEqual([200, 400])
  })
})

describe('an alias', () => {
  it('is not a scope of an API key: asked for by that name, the key lacks it', async () => {
    const { token } = await aStoredKey(deps, { environment, scopes: ['recommendations', 'events', 'items'] })

    const verdict = await verifyKey(deps, null, { token, scopes: ['neuronsearchlab-api/read'] })

    expect(verdict).toMatchObject({ code: 'insufficient_scope', missingScopes: ['neuronsearchlab-api/read'] })
  })

  it('is not a scope that a credential may be given', async () => {
    const refused = aCredential(deps, { environment, scopes: ['neuronsearchlab-api/read'] })

    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', faults: [{ path: 'scopes.0' }] })
  })
})
