// What is served outside /v1 answers as the OpenAPI document says.
import { exports } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { type Answer, aManagementKey, call, ORIGIN, walkToKey } from '../support/client.ts'
import { checked, document, expectDocumented, operationOf } from './openapi-document.ts'

type Walk = Awaited<ReturnType<typeof aWalk>>

async function aWalk() {
  const { environment, token } = await walkToKey()
  const { body } = await call('POST', `/v1/environments/${environment.id}/credentials`, {
    body: { name: 'sdk', scopes: ['read'] },
  })
  return { environmentId: environment.id, apiKey: token, clientId: body.clientId, clientSecret: body.clientSecret }
}

let walk: Walk
beforeEach(async () => {
  walk = await aWalk()
})

const basic = ({ clientId, clientSecret }: Pick<Walk, 'clientId' | 'clientSecret'>) => ({
  Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
})
const postForm = (path: string, form: Record<string, string>, headers: Record<string, string> = basic(walk)) =>
  call('POST', path, {
    body: new URLSearchParams(form).toString(),
    type: 'application/x-www-form-urlencoded',
    token: null,
    headers,
  })
const anAccessToken = async () =>
  (await postForm('/oauth2/token', { grant_type: 'client_credentials' })).body.access_token as string

/** The answer has a status, a type and headers that are documented, and a body of the documented schema. */
function expectAsDocumented(operation: string, { status, headers, body }: Answer) {
  const response = operationOf(operation)?.responses[status]
  expect(response, `${operation} ${status}`).toBeDefined()
  const [[type, media] = []] = Object.entries(response?.content ?? {})
  if (type === undefined || media === undefined) return expect(body).toBe('')
  expect(headers.get('Content-Type')?.split(';')[0]).toBe(type)
  for (const name of ['WWW-Authenticate', 'Retry-After'])
    if (headers.has(name)) expect(Object.keys(response?.headers ?? {})).toContain(name)
  expect(checked(media.schema).safeParse(body).error).toBeUndefined()
}

describe('an answer is as documented', () => {
  it.each([
    'GET /',
    'GET /healthz',
    'GET /openapi.json',
    'GET /.well-known/oauth-authorization-server',
    'GET /.well-known/oauth-protected-resource',
    'GET /.well-known/oauth-protected-resource/core',
  ])('of %s', async (operation) => {
    expectDocumented(operation, await call('GET', operation.slice(4), { token: null }))
  })

  it('of GET / to a browser, which is sent to the console', async () => {
    const page = new Request(`${ORIGIN}/`, { headers: { Accept: 'text/html' }, redirect: 'manual' })

    const { status, headers } = await exports.default.fetch(page)

    expect([status, headers.get('Location')]).toEqual([303, `${ORIGIN}/console`])
    expect(Object.keys(operationOf('GET /')?.responses['303']?.headers ?? {})).toContain('Location')
  })

  it('of the key set, with a key in it', async () => {
    await anAccessToken()

    const answer = await call('GET', '/.well-known/jwks.json', { token: null })
    expect(answer.body.keys).not.toEqual([])
    expectAsDocumented('GET /.well-known/jwks.json', answer)
  })

  it.each<[string, number, Record<string, string>]>([
    ['a token', 200, { grant_type: 'client_credentials', scope: 'read' }],
    ['no grant', 400, {}],
    ['another grant', 400, { grant_type: 'password' }],
    ['a scope it does not hold', 400, { grant_type: 'client_credentials', scope: 'write' }],
    ['an audience it is not given', 400, { grant_type: 'client_credentials', audience: 'https://x.example.com' }],
  ])('of POST /oauth2/token: %s', async (_, status, form) => {
    const answer = await postForm('/oauth2/token', form)

    expect(answer.status).toBe(status)
    expectAsDocumented('POST /oauth2/token', answer)
  })

  it.each(['/oauth2/token', '/oauth2/introspect', '/oauth2/revoke'])('of POST %s to a stranger', async (path) => {
    const form = { grant_type: 'client_credentials', token: 'x' }

    const answers = [
      await postForm(path, form, {}),
      await postForm(path, { ...form, padding: 'x'.repeat(70_000) }),
      await postForm(path, form, { ...basic(walk), 'Content-Encoding': 'gzip' }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([401, 413, 415])
    for (const answer of answers) expectAsDocumented(`POST ${path}`, answer)
  })

  it('of POST /oauth2/introspect: an access token, an API key, and neither', async () => {
    const tokens = [await anAccessToken(), walk.apiKey, 'x']

    const answers = await Promise.all(tokens.map((token) => postForm('/oauth2/introspect', { token })))

    expect(answers.map(({ body }) => body.active)).toEqual([true, true, false])
    for (const answer of answers) expectAsDocumented('POST /oauth2/introspect', answer)
  })

  it('of POST /oauth2/revoke, also to a management key that may not', async () => {
    const token = await anAccessToken()
    const verifier = await aManagementKey({ role: 'verifier' })

    const answers = [
      await postForm('/oauth2/revoke', { token }, { Authorization: `Bearer ${verifier.token}` }),
      await postForm('/oauth2/revoke', { token }, { Authorization: 'Bearer x' }),
      await postForm('/oauth2/revoke', { token }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([403, 401, 200])
    for (const answer of answers) expectAsDocumented('POST /oauth2/revoke', answer)
  })

  it('of GET /forward-auth: yes, nobody, and no', async () => {
    const ask = (query: string, headers: Record<string, string>) =>
      call('GET', `/forward-auth${query}`, { token: null, headers })

    const answers = [
      await ask('?scopes=read', { Authorization: `Bearer ${walk.apiKey}` }),
      await ask(`?scopes=read&environmentId=${walk.environmentId}`, { 'X-API-Key': walk.apiKey }),
      await ask('?scopes=read', { Authorization: `Bearer ${await anAccessToken()}` }),
      await ask('?scopes=read', {}),
      await ask('?scopes=write', { 'X-API-Key': walk.apiKey }),
      await ask('?other=1', { 'X-API-Key': walk.apiKey }),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401, 403, 403])
    for (const answer of answers) expectAsDocumented('GET /forward-auth', answer)
    const identity = [...(answers[0]?.headers.keys() ?? [])].filter((name) => name.startsWith('x-keyward-'))
    const declared = Object.keys(operationOf('GET /forward-auth')?.responses['200']?.headers ?? {})
    expect(declared.map((name) => name.toLowerCase())).toEqual(expect.arrayContaining(identity))
  })

  it('of the address at which access tokens are obtained', async () => {
    const { tokenUrl } = document.components.securitySchemes.oauth2.flows.clientCredentials

    const metadata = await call('GET', '/.well-known/oauth-authorization-server', { token: null })
    expect(tokenUrl).toBe(metadata.body.token_endpoint)
  })
})
