import { describe, expect, it } from 'vitest'
import { OPERATION_IDS } from '../../src/api/operation-ids.ts'
import { createApp } from '../../src/app.ts'
import { call, expectProblem, ORIGIN, STATUS_OF_CODE, verdictOn, walkToKey } from '../support/client.ts'
import { checked, document, expectDocumented, OPERATIONS, operationOf } from './openapi-document.ts'
import { callSample, freshIds, MANAGED, SAMPLES, tokensOfEveryState } from './sample-requests.ts'

const HEADERS_OF = new Map([
  ['401', ['WWW-Authenticate']],
  ['415', ['Accept-Encoding']],
  ['429', ['Retry-After']],
  ['503', ['Retry-After']],
])
/** The operations that are not of `/v1`, with the errors that each can answer. */
const PUBLIC = new Map([
  ['GET /', []],
  ['GET /healthz', []],
  ['GET /openapi.json', []],
  ['GET /forward-auth', [401, 403, 500, 503]],
  ['POST /oauth2/token', [400, 401, 413, 415, 429, 500, 503]],
  ['POST /oauth2/introspect', [400, 401, 413, 415, 429, 500, 503]],
  ['POST /oauth2/revoke', [400, 401, 403, 413, 415, 429, 500, 503]],
  ['GET /.well-known/oauth-authorization-server', []],
  ['GET /.well-known/jwks.json', [500, 503]],
  ['GET /.well-known/oauth-protected-resource', []],
  ['GET /.well-known/oauth-protected-resource/core', []],
])
/** What OAuth names, and not a problem code. */
const isOfOAuth = (name: string, status: string) =>
  /\/oauth2\/|jwks/.test(name) && !['413', '415', '500'].includes(status)

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 of this Worker, for anyone to read', async () => {
    const { status, headers } = await call('GET', '/openapi.json', { token: null })

    expect(status).toBe(200)
    expect(headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Keyward' } })
    expect(document.servers).toEqual([{ url: ORIGIN }])
  })

  it('names every operation once, and keeps the names', () => {
    const names = OPERATIONS.map(([, { operationId }]) => operationId)

    expect(names).toHaveLength(new Set(names).size)
    expect(names.every((name) => /^[a-z]+[A-Za-z]+$/.test(name ?? ''))).toBe(true)
    expect(new Set(OPERATION_IDS.keys())).toEqual(new Set(OPERATIONS.map(([name]) => name)))
  })

  it('declares every tag and every security scheme that is used, and no other', () => {
    const used = new Set(OPERATIONS.flatMap(([, { tags }]) => tags ?? []))
    const schemes = new Set(OPERATIONS.flatMap(([, { security }]) => (security ?? []).flatMap(Object.keys)))

    expect(new Set(document.tags.map(({ name }: { name: string }) => name))).toEqual(used)
    expect(new Set(Object.keys(document.components.securitySchemes))).toEqual(schemes)
    expect(OPERATIONS.filter(([, { security }]) => security === undefined)).toEqual([])
    expect(operationOf('GET /healthz')?.security).toEqual([])
    expect(operationOf('GET /v1/whoami')?.security).toHaveLength(1)
  })

  it('tells verdicts apart by their code', () => {
    const { oneOf, discriminator } = document.components.schemas.Verdict

    expect(oneOf).toHaveLength(4)
    expect(discriminator.propertyName).toBe('code')
    expect(Object.keys(discriminator.mapping).sort()).toEqual(
      ['valid', 'malformed', 'not_found', 'revoked', 'disabled', 'expired', 'insufficient_scope'].sort(),
    )
    expect(document.components.schemas.ValidVerdict.properties.valid).toMatchObject({ type: 'boolean', const: true })
    expect(document.components.schemas.DeadKey.properties.valid).toMatchObject({ type: 'boolean', const: false })
    expect(JSON.stringify(document)).not.toMatch(/"type":"boolean","enum"/)
  })

  it('leaves out only the front door, and says so', () => {
    for (const path of ['/api/*', '/core/*']) expect(document.info.description).toContain(path)
    const outside = OPERATIONS.map(([name]) => name).filter((name) => !name.includes(' /v1/'))
    expect(outside.sort()).toEqual([...PUBLIC.keys()].sort())
  })

  it('has every route outside /v1 that programs call', () => {
    const isForPrograms = (path: string) => PROGRAM_PATHS.test(path) && !path.includes('*')
    const served = new Set(
      createApp()
        .routes.map(({ path }) => path)
        .filter(isForPrograms),
    )

    expect([...served].sort()).toEqual([...PUBLIC.keys()].map((name) => name.split(' ')[1]).sort())
  })

  it('allows null where a named schema may be null', () => {
    const { key } = Object(operationOf('POST /v1/keys/{keyId}/revoke')?.responses['200']?.content?.['application/json'])
      .schema.properties

    expect(key.description).toMatch(/null/i)
    expect(key.anyOf).toEqual([{ $ref: '#/components/schemas/ApiKey' }, { type: 'null' }])
    expect(JSON.stringify(document)).not.toContain('"allOf"')
  })

  it('has every route of /v1 that the app has, and no other', () => {
    const isRoute = ({ method, path }: { method: string; path: string }) => method !== 'ALL' && path.startsWith('/v1')
    const routes = createApp().routes.filter(isRoute)

    // Verification is answered before the router.
    const registered = new Set([
      'POST /v1/keys/verify',
      ...routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
    ])

    const documented = OPERATIONS.map(([name]) => name).filter((name) => name.includes(' /v1'))
    expect([...registered].sort()).toEqual(documented.sort())
  })

  it('has a sample request here for everything behind a management key', () => {
    const managed = OPERATIONS.filter(
      ([name, { security }]) => name.includes(' /v1/') && JSON.stringify(security ?? []).includes('managementKey'),
    )

    expect(managed.map(([name]) => name).sort()).toEqual([...MANAGED].sort())
  })

  it('leaves only whoami of /v1 open to those without a management key', () => {
    const open = OPERATIONS.filter(([name]) => !MANAGED.includes(name) && !PUBLIC.has(name)).map(([name]) => name)

    expect(open).toEqual(['GET /v1/whoami'])
  })

  it('resolves every reference in itself', () => {
    const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? []

    for (const reference of new Set(references)) {
      const name = reference.slice('"$ref":"#/components/schemas/'.length, -1)
      expect(Object.keys(document.components.schemas)).toContain(name)
    }
  })
})

describe.each(OPERATIONS)('the operation %s', (name, operation) => {
  it('says in a sentence what it does', () => {
    expect(operation.summary).toMatch(/^[A-Z].{3,}/)
    expect(operation.tags).toHaveLength(1)
  })

  it('declares each parameter of its path', () => {
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name)

    expect(declared).toEqual([...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter))
  })

  it('has exactly one answer for success', () => {
    const statuses = Object.keys(operation.responses).filter((status) => status.startsWith('2'))

    expect(statuses).toHaveLength(1)
    expect(operation.responses[Number(statuses[0])]?.description).toMatch(/./)
  })

  it('lists the problems it can answer with', () => {
    const expected = [...(PUBLIC.get(name) ?? [400, 401, 500, 503])]
    if (MANAGED.includes(name)) expected.push(403)
    if (name.includes(' /v1') && !name.startsWith('GET')) expected.push(413, 415)
    if (name.includes('{')) expected.push(404)

    const documented = Object.keys(operation.responses).map(Number)
    expect(documented).toEqual(expect.arrayContaining(expected))
    expect(documented.filter((status) => status >= 400 && status !== 409 && status !== 412).sort()).toEqual(
      expected.sort(),
    )
  })

  it('declares the headers of its answers', () => {
    for (const [status, { headers }] of Object.entries(operation.responses)) {
      const expected = ['X-Request-Id', ...(HEADERS_OF.get(status) ?? [])]
      for (const name of expected) expect(Object.keys(headers ?? {})).toContain(name)
    }
  })

  it('takes conditions if and only if it can fail on them', () => {
    const names = (operation.parameters ?? []).filter((parameter) => parameter.in === 'header').map(({ name }) => name)

    expect(names.includes('If-Match')).toBe('412' in operation.responses)
    expect(names.includes('If-Match')).toBe(names.includes('If-None-Match'))
  })

  it('gives problems as application/problem+json, but for what OAuth names', () => {
    const problems = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400)

    for (const [status, { content }] of problems) {
      const type = isOfOAuth(name, status) ? 'application/json' : 'application/problem+json'
      expect(Object.keys(content ?? {})).toEqual([type])
    }
  })
})

describe('an answer matches the documented schema', () => {
  it.each(MANAGED)('of %s', async (operation) => {
    const answer = await callSample(operation, await freshIds())

    const declared = Object.keys(operationOf(operation)?.responses[answer.status]?.headers ?? {})
    expect(declared.includes('ETag')).toBe(answer.headers.has('ETag'))

    expect(answer.status).toBe(SAMPLES[operation]?.status)
    expectDocumented(operation, answer)
  })

  it('of GET /healthz', async () => {
    expectDocumented('GET /healthz', await call('GET', '/healthz'))
  })

  it('of GET /v1/whoami', async () => {
    const { token } = await walkToKey()

    expectDocumented('GET /v1/whoami', await call('GET', '/v1/whoami', { token }))
  })

  it('of every verdict', async () => {
    const { environment, token } = await walkToKey()
    const states = await tokensOfEveryState(environment.id)

    const verdicts = [
      await verdictOn(token),
      await verdictOn('x'),
      await verdictOn(token, { environmentId: 'env_1' }),
      await verdictOn(token, { scopes: ['write'] }),
      ...(await Promise.all(Object.values(states).map((state) => verdictOn(state)))),
    ]

    expect(new Set(verdicts.map(({ code }) => code)).size).toBe(7)
    for (const body of verdicts) expectDocumented('POST /v1/keys/verify', { status: 200, body })
  })

  it('of every problem', async () => {
    const answer = await call('POST', '/v1/projects', { body: { name: '' } })

    expectProblem(answer, 'invalid_request')
    const schema = operationOf('POST /v1/projects')?.responses['400']?.content?.['application/problem+json']?.schema
    expect(checked(schema ?? false).safeParse(answer.body).error).toBeUndefined()
    expect(document.components.schemas.Problem.properties.code.enum.sort()).toEqual(Object.keys(STATUS_OF_CODE).sort())
  })

  it('and the check itself refuses what is missing, of another type, or not named', async () => {
    const schema = checked({ $ref: '#/components/schemas/Project' })
    const { body } = await call('POST', '/v1/projects', { body: { name: 'Shop' } })

    expect(schema.safeParse(body).success).toBe(true)
    expect(schema.safeParse({ ...body, revision: 1 }).success).toBe(false)
    expect(schema.safeParse({ ...body, name: 1 }).success).toBe(false)
    expect(schema.safeParse({ id: body.id }).success).toBe(false)
  })
})

const PROGRAM_PATHS = /^\/($|healthz|openapi\.json|forward-auth|oauth2\/|\.well-known\/(?!security))/
