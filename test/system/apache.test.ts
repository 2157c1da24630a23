// Apache asks by introspection, so it promises less than the proxies that ask /forward-auth, and is asked for that here.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as requestPlain } from 'node:http'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import {
  type Api,
  aClient,
  aKey,
  anEnvironment,
  CLAIMS,
  identityIn,
  type Key,
  manage,
  OVERRIDES,
  readLoosely,
  revoke,
  type Sent,
  send,
  startApi,
  startAtALoss,
  startMute,
} from '../support/forward-auth-stand.ts'
import { isInstalled, type ProxyProgram, type RunningProxy, readDocumentedFiles, startProxy } from '../support/proxy.ts'
import { freePorts } from '../support/running-server.ts'

const OPENSSL = '/usr/bin/openssl'
const MODULES = '/usr/lib/apache2/modules'
const AUTH = ['authn_core', 'authz_core', 'authz_user', 'auth_basic', 'auth_openidc', 'socache_shmcb']
const OTHERS = ['mpm_event', 'headers', 'lua', 'proxy', 'proxy_http']

/** What Debian's own configuration has, and the authority that signed the certificate of the test's Keyward. */
const mainFile = (certificate: string) => `
ServerName localhost
PidFile apache.pid
ErrorLog "|/bin/cat"
User www-data
Group www-data
${[...AUTH, ...OTHERS].map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
OIDCCABundlePath ${certificate}
Include sites-available/api.conf
`

const APACHE: ProxyProgram = {
  name: 'apache2',
  versionFlag: '-v',
  arguments: (folder) => ['-D', 'FOREGROUND', '-d', folder, '-f', 'main.conf'],
  needs: [`${MODULES}/mod_auth_openidc.so`, OPENSSL],
}

describe.skipIf(!isInstalled(APACHE))('apache2 with the configuration of docs/forward-auth/apache.md', () => {
  const server = inject('server')
  let folder: string
  const proxies: RunningProxy[] = []
  const stands: { close: () => unknown }[] = []
  /** In front of Keyward, of one that answers 503, of one that never answers, and of none. */
  let urls: { asking: string; atALoss: string; waiting: string; alone: string }
  let api: Api
  let environmentId: string
  let reader: Key
  let writer: Key

  beforeAll(async () => {
    const first = await freePorts(10)
    const [apiPort, tlsPort, lostPort, lostTlsPort] = [first + 4, first + 5, first + 6, first + 7]
    const [mutePort, nobody] = [first + 8, first + 9]
    folder = mkdtempSync(join(tmpdir(), 'keyward-tls-'))
    chmodSync(folder, 0o755) // Apache's workers are another user when root starts it
    const certificate = join(folder, 'certificate.pem')
    const credentials = aCertificate(folder, certificate)
    api = await startApi(apiPort)
    environmentId = await anEnvironment(server.url)
    stands.push(
      api.server,
      (await startAtALoss(lostPort)).server,
      await startMute(mutePort),
      await startTls(tlsPort, Number(new URL(server.url).port), credentials),
      await startTls(lostTlsPort, lostPort, credentials),
    )
    const fields = { name: 'apache', role: 'verifier', environmentId }
    const { token } = await manage<{ token: string }>(server.url, '/v1/management-keys', fields)
    const files = {
      'main.conf': mainFile(certificate),
      'keyward-token.conf': `OIDCOAuthIntrospectionClientAuthBearerToken ${token}\n`,
    }
    for (const [index, keyward] of [tlsPort, lostTlsPort, mutePort, nobody].entries()) {
      const ports = { listen: first + index, keyward, api: apiPort }
      const documented = { ...readDocumentedFiles('apache.md'), ...files }
      proxies.push(await startProxy(APACHE, documented, { ports, environmentId }))
    }
    const [asking = '', atALoss = '', waiting = '', alone = ''] = proxies.map(({ url }) => url)
    urls = { asking, atALoss, waiting, alone }
    reader = await aKey(server.url, environmentId, { name: 'reader', scopes: ['read'], ownerId: 'user-7' })
    writer = await aKey(server.url, environmentId, { name: 'writer', scopes: ['read', 'write'] })
  })

  beforeEach(() => {
    api.seen.length = 0
  })

  afterAll(async () => {
    for (const { stop } of proxies) await stop()
    for (const stand of stands) stand.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const ask = (path: string, sent: Sent = {}) => send(urls.asking + path, sent)
  const as = ({ token }: { token: string }, path: string, { headers = [], ...sent }: Sent = {}) =>
    ask(path, { ...sent, headers: [...headers, ['Authorization', `Bearer ${token}`]] })
  /** What the API reads of a key when nobody interferes. */
  const asRead = (key: Key, scopes: string) => ({
    'x-keyward-key-id': key.id,
    'x-keyward-client-id': '',
    'x-keyward-environment-id': key.environmentId,
    'x-keyward-project-id': key.projectId,
    'x-keyward-owner-id': '',
    'x-keyward-scopes': scopes,
  })

  it('lets a good key pass, and tells the API whose it is but not the key', async () => {
    const { status } = await as(reader, '/api/rest/things?limit=2')

    expect(status).toBe(200)
    expect(api.last().url).toBe('/api/rest/things?limit=2')
    expect(identityIn(api.last())).toEqual(asRead(reader, 'read'))
    expect(JSON.stringify(api.last())).not.toContain(reader.token)
  })

  it('passes a method and body as they were sent', async () => {
    const body = 'a'.repeat(100_000)

    const { status } = await as(writer, '/api/rest/things', { method: 'POST', body })

    expect(status).toBe(200)
    expect(api.last()).toMatchObject({ method: 'POST', body })
  })

  it('takes an access token, and tells the API the credential it is of', async () => {
    const client = await aClient(server.url, environmentId)

    const { status } = await as({ token: client.accessToken }, '/reports/today')

    expect(status).toBe(200)
    expect(identityIn(api.last())).toMatchObject({ 'x-keyward-key-id': client.id })
  })

  it.each([
    ['POST', '/api/rest/things'],
    ['DELETE', '/api/rest/things'],
    ['OPTIONS', '/api/rest/things'],
    ['GET', '/reports/today'],
  ])('answers a %s of %s without the scope for it with 403 and a challenge', async (method, path) => {
    const { status, headers } = await as(reader, path, { method })

    expect(status).toBe(403)
    expect(headers['www-authenticate']).toBe('Bearer error="insufficient_scope"')
    expect(api.seen).toEqual([])
  })

  it.each<[string, Sent]>([
    ['no key', {}],
    ['a bad key', { headers: [['Authorization', 'Bearer nonsense']] }],
    ['a key in another header', { headers: [['X-API-Key', 'nonsense']] }],
  ])('answers a request with %s with 401 and a challenge', async (_, sent) => {
    const { status, headers } = await ask('/api/rest/things', sent)

    expect(status).toBe(401)
    expect(headers['www-authenticate']).toMatch(/^Bearer error=/)
  })

  it('finds no key of another environment', async () => {
    const stranger = await aKey(server.url, await anEnvironment(server.url), { name: 'stranger', scopes: ['read'] })

    expect((await as(stranger, '/api/rest/things')).status).toBe(401)
  })

  it('lets a key pass no more once it is revoked: no answer was kept', async () => {
    // mod_auth_openidc keeps an answer until the key ends, so the key must have an end.
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
    const key = await aKey(server.url, environmentId, { name: 'short-lived', scopes: ['read'], expiresAt })
    expect((await as(key, '/api/rest/things')).status).toBe(200)

    await revoke(server.url, key)

    expect((await as(key, '/api/rest/things')).status).toBe(401)
  })

  it.each([
    ['cannot find out', 'atALoss'],
    ['does not answer in time', 'waiting'],
    ['cannot be reached', 'alone'],
  ] as const)('answers 401 when Keyward %s', async (_, site) => {
    const headers: Sent['headers'] = [['Authorization', `Bearer ${reader.token}`]]

    const { status } = await send(`${urls[site]}/api/rest/things`, { headers })

    expect(status).toBe(401)
    expect(api.seen).toEqual([])
  })

  it.each(CLAIMS)('does not let the API read what a client says as %s', async (name) => {
    const { status } = await as(writer, '/api/rest/things', { headers: [[name, 'admin']] })

    expect(status).toBe(200)
    expect(identityIn(api.last())).toEqual(asRead(writer, 'read write'))
  })

  it('does not let the API read an empty header of a client either', async () => {
    const { status } = await as(writer, '/api/rest/things', {
      headers: [
        ['X_Keyward_Owner_Id', 'admin'],
        ['X_Keyward_Owner-Id', ''],
      ],
    })

    expect(status).toBe(200)
    expect(identityIn(api.last())).toEqual(asRead(writer, 'read write'))
  })

  it.each(OVERRIDES)('does not let a client make the API do something else by %s', async (name) => {
    await as(reader, '/api/rest/things', { headers: [[name, 'DELETE']] })

    expect(readLoosely(api.last(), name)).toBe('')
  })

  it.each(['close, X-Keyward-Scopes', 'X-Keyward-Key-Id', 'keep-alive, x-keyward-environment-id'])(
    'refuses Connection: %s, by which the API would be told less',
    async (value) => {
      expect((await as(writer, '/api/rest/things', { headers: [['Connection', value]] })).status).toBe(403)
      expect(api.seen).toEqual([])
    },
  )

  it.each<[string, Sent]>([
    ['a web page', { headers: [['Origin', 'https://app.example.com']] }],
    ['a web page without Origin', { headers: [['Sec-Fetch-Site', 'same-origin']] }],
    [
      'a preflight',
      {
        method: 'OPTIONS',
        headers: [
          ['Origin', 'https://app.example.com'],
          ['Access-Control-Request-Method', 'POST'],
        ],
      },
    ],
  ])('refuses %s', async (_, sent) => {
    const { status, headers } = await as(writer, '/api/rest/things', sent)

    expect(status).toBe(403)
    expect(headers['www-authenticate']).toBeUndefined()
    expect(api.seen).toEqual([])
  })

  it.each([
    ['/api/rest/../../reports/today', 403],
    ['/api/rest/%2e%2e/%2e%2e/reports/today', 403],
    ['//reports/today', 403],
    ['/reports%2ftoday', 404],
  ])('judges the path that the API gets: %s is %i for a reader', async (path, expected) => {
    expect((await as(reader, path)).status).toBe(expected)
    expect(api.seen).toEqual([])
  })
})

type Credentials = { key: Buffer; cert: Buffer }

function aCertificate(folder: string, certificate: string): Credentials {
  const key = join(folder, 'key.pem')
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync(OPENSSL, ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', certificate], { stdio: 'pipe' })
  return { key: readFileSync(key), cert: readFileSync(certificate) }
}

/** Listens for https and passes every request on to a port without. */
async function startTls(port: number, target: number, credentials: Credentials): Promise<Server> {
  const server = createServer(credentials, (received, response) => {
    const { method, url, headers } = received
    const passed = requestPlain({ hostname: 'localhost', port: target, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    received.pipe(passed)
  })
  await once(server.listen(port, 'localhost'), 'listening')
  return server
}
