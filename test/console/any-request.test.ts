import { beforeAll, describe, expect, it } from 'vitest'
import { consolePages } from '../../src/console/index.ts'
import { aManagementKey, call, walkToKey } from '../support/client.ts'
import { aSignedIn, type Visitor } from '../support/visitor.ts'

/** Every address of the console that answers this method, as it was defined. */
const patternsOf = (method: 'GET' | 'POST') => [
  ...new Set(
    consolePages()
      .routes.filter((route) => route.method === method && route.path !== '/*')
      .map(({ path }) => path),
  ),
]

let visitor: Visitor
let ids: Record<string, string>
beforeAll(async () => {
  visitor = await aSignedIn()
  const { project, environment, key } = await walkToKey()
  const controls = { global_default: { surface: 'search', rerank_mode: 'off', rerank_depth: 1 } }
  await call('PUT', `/v1/environments/${environment.id}/rerank-controls/home`, { body: controls })
  const { managementKey } = await aManagementKey()
  const at = `/v1/environments/${environment.id}/credentials`
  const credential = await call('POST', at, { body: { name: 'sdk', scopes: ['read'] } })
  ids = {
    projectId: project.id,
    environmentId: environment.id,
    keyId: key.id,
    credentialId: credential.body.clientId,
    managementKeyId: managementKey.id,
    contextId: 'home',
    collection: 'keys',
    section: 'general',
  }
})

const fill = (pattern: string, partOf: (name: string) => string) =>
  pattern.replaceAll(/:(\w+)(\{[^}]*\})?/g, (_whole, name: string) => (name === 'collection' ? 'keys' : partOf(name)))

describe('an address of the console', () => {
  it.each(patternsOf('GET').filter((pattern) => pattern.includes(':')))(
    'is answered, whatever stands in %s',
    async (pattern) => {
      for (const part of [
        '%00',
        '%0d%0aX-Injected:%20yes',
        '%ff',
        '%',
        '%e2%80%a8',
        '%2e%2e%2f',
        'é',
        'x'.repeat(3000),
      ]) {
        const { status, headers } = await visitor.get(fill(pattern, () => part))

        expect([part, [200, 303, 400, 404].includes(status) ? 'answered' : status]).toEqual([part, 'answered'])
        expect(headers.has('X-Injected')).toBe(false)
        expect(headers.get('Cache-Control')).toBe('no-store')
      }
    },
  )

  it.each(['/console/projects', '/console/audit-log', '/console/audit-log/export.csv', '/console/management-keys'])(
    'is refused with a query that is not UTF-8 or says a thing twice: %s',
    async (path) => {
      for (const query of ['cursor=%ff&actor=%ff', 'cursor=a&cursor=b&actor=a&actor=b', 'cursor=%00&actor=%00']) {
        expect([query, (await visitor.get(`${path}?${query}`)).status]).toEqual([query, 400])
      }
    },
  )
})

describe('a form that no page of ours sends', () => {
  const READ_NO_FORM = ['/console/sign-out']
  const FORMS = patternsOf('POST').filter((pattern) => !READ_NO_FORM.includes(pattern))

  it.each(FORMS)('is refused, and changes nothing: %s', async (pattern) => {
    const path = fill(pattern, (name) => ids[name] ?? name)
    const gzip = { 'Content-Encoding': 'gzip' }
    const refusals: [body: BodyInit, status: number, message: string, headers?: Record<string, string>][] = [
      ['name=M%FCller', 400, 'percent-encoded UTF-8'],
      [new Uint8Array([0x6e, 0x3d, 0xff]), 400, 'percent-encoded UTF-8'],
      ['name=%', 400, 'percent-encoded UTF-8'],
      ['name=a%00b', 400, 'NUL character'],
      ['name=a&name=b', 400, 'was sent more than once'],
      ['ifMatch=a&ifMatch=b', 400, 'was sent more than once'],
      ['confirm=Shop', 415, 'without a Content-Encoding', gzip],
      ['name=a', 415, 'only forms', { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-16' }],
    ]
    for (const [body, status, message, headers] of refusals) {
      const answer = await visitor.postBody(path, body, headers)

      expect([message, answer.status]).toEqual([message, status])
      expect(answer.body).toContain(message)
    }
  })

  it.each(FORMS)(
    'with a field of any length and kind is answered with an error of the client’s: %s',
    async (pattern) => {
      const path = fill(pattern, (name) => ids[name] ?? name)
      for (const text of [
        '',
        ' ',
        '\r\n',
        '\u{10FFFF}',
        '\u2028',
        '__proto__',
        '1e400',
        '-1',
        '0x10',
        'x'.repeat(5000),
      ]) {
        const fields = Object.fromEntries(FIELDS.map((name) => [name, text]))

        const { status } = await visitor.post(path, fields)

        expect([text.slice(0, 10), status < 500]).toEqual([text.slice(0, 10), true])
      }
    },
  )

  const FIELDS = [
    ...['name', 'tag', 'ownerId', 'metadata', 'expiry', 'expiresOn', 'scopes', 'role', 'template', 'environmentId'],
    ...['reason', 'note', 'issuedBefore', 'overlapSeconds', 'enabled', 'ifMatch', 'formId', 'confirm', 'key', 'next'],
    ...['row', 'intent', 'method', 'path', 'contextId', 'browserOrigins', 'bounds.maxStalenessMs', 'graceSeconds'],
    ...['global_default.surface', 'global_default.rerank_mode', 'global_default.rerank_depth', 'theme', 'back'],
  ]
})
