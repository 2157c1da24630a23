// Whatever is sent to any operation: no defect shows, every refusal is a documented problem, and no secret comes back.
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import { type Answer, call, expectProblem, SECRET_MATERIAL, STATUS_OF_CODE } from '../support/client.ts'
import { freshIds, type Ids, MANAGED, methodOf, SAMPLES } from './sample-requests.ts'

const { body: document } = await call('GET', '/openapi.json', { token: null })
const OPERATIONS = [...MANAGED, 'GET /v1/whoami', 'GET /healthz']
/** ANY_REQUEST_RUNS asks for more than every run of the suite needs. */
const RUNS_EACH = inject('anyRequestRuns')

declare module 'vitest' {
  interface ProvidedContext {
    anyRequestRuns: number
  }
}

let ids: Ids
beforeEach(async () => {
  ids = await freshIds()
})

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.constantFrom('', ' ', '\u0000', '\ud800', '__proto__', 'x'.repeat(5000), '2027-01-31T12:00:00Z', '-1', '1e999'),
)

/** A real id, the right one more often than not, or a trick, or anything: as it stands in the path. */
const pathPart = fc.oneof(
  { weight: 6, arbitrary: fc.constant('own') },
  fc.constantFrom('projectId', 'environmentId', 'keyId', 'managementKeyId', 'emptyProjectId'),
  fc.constantFrom('%00', '%2e%2e', '..', '.', '%E0%A4%A', '%', '%2F', '%252F', '%F0%9F%98%80', 'verify', '*'),
  text.map((value) => encodeURIComponent(value.toWellFormed())),
)

const known = (operation: string): string[] => {
  const [method = '', path = ''] = operation.split(' ')
  const { parameters = [] } = document.paths[path][method.toLowerCase()]
  return parameters
    .filter(({ in: place }: { in: string }) => place === 'query')
    .map(({ name }: { name: string }) => name)
}

const pairs = (names: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(fc.tuple(names, text), { minLength: 1, maxLength }).map((all) => {
    const encoded = all.map((pair) => pair.map((value) => encodeURIComponent(value.toWellFormed())).join('='))
    return `?${encoded.join('&')}`
  })

const query = (operation: string) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(SAMPLES[operation]?.query ?? '') },
    { weight: 3, arbitrary: pairs(fc.constantFrom('limit', ...known(operation)), 2) },
    pairs(text, 4),
    fc.constantFrom('?', '?&&==', '?%', '?limit=%E0%A4%A', '?limit=1&limit=2', '?cursor=%00', '?__proto__=1'),
  )

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  text,
  fc.constantFrom<unknown>(1e308, -1e308, 2 ** 53, -0.5, [], {}, null, true, [[]], { length: -1 }, [null]),
  fc.constant('TOKEN'),
)

/** The valid body with one member changed, added or taken away, somewhere. */
function mutated(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return hostile
  const entries = Object.entries(value)
  const rebuild = (changed: [string, unknown][]) =>
    Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed)
  const added = fc.tuple(text, hostile).map((member) => rebuild([...entries, member]))
  if (entries.length === 0) return added
  const at = fc.nat(entries.length - 1)
  const removed = at.map((index) => rebuild(entries.filter((_, other) => other !== index)))
  const changed = at.chain((index) =>
    mutated(entries[index]?.[1]).map((item) =>
      rebuild(entries.map(([name, old], other): [string, unknown] => [name, other === index ? item : old])),
    ),
  )
  return fc.oneof({ weight: 3, arbitrary: changed }, added, removed)
}

const body = (operation: string) => {
  const valid = SAMPLES[operation]?.body ?? {}
  const asText = (value: unknown) => JSON.stringify(value) ?? ''
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(asText(valid)) },
    { weight: 5, arbitrary: mutated(valid).map(asText) },
    { weight: 2, arbitrary: hostile.map(asText) },
    text,
    fc.nat(20_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
    fc.nat(5000).map((depth) => `{"metadata":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`),
    fc.constantFrom('{"__proto__":{"x":1}}', '{"name":"\\ud800"}', '{"name":1e999}', '\ufeff{}', '{"a":1,"a":2}'),
  )
}

const printable = fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)) })

const type = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/json') },
  fc.constantFrom('application/json; charset=utf-8', 'application/json;', 'application/json ;', 'APPLICATION/JSON'),
  fc.constantFrom('text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded', 'application/xml', ','),
  printable.filter((value) => value !== ''),
  printable.map((value) => `application/json;${value}`),
)

const credential = fc.oneof(
  { weight: 12, arbitrary: fc.constant(`Bearer ${env.ROOT_KEY}`) },
  printable.map((value) => `Bearer ${value}`),
  printable,
)

type Request = { part: string; query: string; body: string; type: string; authorization: string }

const request = (operation: string): fc.Arbitrary<Request> =>
  fc.record({
    part: pathPart,
    query: query(operation),
    body: body(operation),
    type,
    authorization: credential,
  })

/** Only an empty project can be deleted. */
const ownId = (operation: string, name: string) =>
  operation === 'DELETE /v1/projects/{projectId}' ? 'emptyProjectId' : name

function send(operation: string, { part, query, body, type, authorization }: Request): Promise<Answer> {
  const real = new Map<string, string>(Object.entries(ids))
  const [, template = ''] = operation.split(' ')
  const path = template
    .replace(/\{(\w+)\}/, (_, name: string) => real.get(part === 'own' ? ownId(operation, name) : part) ?? part)
    .replace('{contextId}', 'homepage')
  const takesBody = ['POST', 'PUT', 'PATCH'].includes(methodOf(operation))
  return call(methodOf(operation), path + query, {
    headers: { Authorization: authorization },
    ...(takesBody ? { body: body.replaceAll('TOKEN', ids.token), type } : {}),
  })
}

function expectDocumented(operation: string, { status, headers, body }: Answer): void {
  const [method = '', path = ''] = operation.split(' ')
  const documented = Object.keys(document.paths[path][method.toLowerCase()].responses).map(Number)
  // What was put in place of an id may lead to another path.
  expect([...documented, 404, 405]).toContain(status)
  expect(status).toBeLessThan(500)
  expect(headers.get('Cache-Control')).toBe('no-store')
  if (status < 400) return
  expectProblem({ status, headers, body }, body.code)
  expect(Object.keys(STATUS_OF_CODE)).toContain(body.code)
  expect(JSON.stringify(body)).not.toMatch(SECRET_MATERIAL)
  expect(JSON.stringify([...headers])).not.toContain(ids.token)
}

describe('any request', () => {
  it.each(OPERATIONS)(
    'to %s is answered as documented',
    async (operation) => {
      const property = fc.asyncProperty(request(operation), async (sent) => {
        const answer = await send(operation, sent)

        expectDocumented(operation, answer)
        const isSpent = methodOf(operation) === 'DELETE' && answer.status < 300
        if (isSpent) ids = await freshIds()
      })

      await fc.assert(property, { numRuns: RUNS_EACH })
    },
    60_000,
  )

  it('to any path with any method is answered, and never with a defect', async () => {
    const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS')
    const path = fc.array(fc.oneof(pathPart, fc.constantFrom('v1', 'keys', 'projects', 'problems', 'docs')))
    const property = fc.asyncProperty(method, path, credential, async (method, parts, authorization) => {
      const { status, body } = await call(method, `/${parts.join('/')}`, { headers: { Authorization: authorization } })

      expect(status).toBeLessThan(500)
      if (status >= 400 && method !== 'HEAD') expect(body).toMatchObject({ status, code: expect.any(String) })
    })

    await fc.assert(property, { numRuns: 3 * RUNS_EACH })
  }, 60_000)
})
