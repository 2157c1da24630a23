import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { localRootKey } from '../../scripts/root-key.ts'
import { hasNginx, type Nginx, startNginx } from '../support/nginx.ts'
import { freePorts, root } from '../support/running-server.ts'

/** The files that docs/forward-auth.md tells to write, by name, word for word. */
const documented = Object.fromEntries(
  [
    ...readFileSync(join(root, 'docs/forward-auth.md'), 'utf8').matchAll(
      /^```nginx\n# \/etc\/nginx\/(\S+)\n([\s\S]*?)^```$/gm,
    ),
  ].map(([, name = '', content = '']) => [name, content]),
)

/** An API that answers with what it was sent. */
const echo = (port: number) => `server {
  listen 127.0.0.1:${port};
  default_type application/json;
  return 200 '{ "uri": "$request_uri", "authorization": "$http_authorization", "apiKey": "$http_x_api_key",
    "keyId": "$http_x_keyward_key_id", "environmentId": "$http_x_keyward_environment_id",
    "projectId": "$http_x_keyward_project_id", "ownerId": "$http_x_keyward_owner_id", "scopes": "$http_x_keyward_scopes" }';
}
`

/** A Keyward that cannot find out. */
const atALoss = (port: number) => `server {
  listen 127.0.0.1:${port};
  add_header Retry-After 1 always;
  return 503;
}
`

describe.skipIf(!hasNginx())('nginx with the configuration of docs/forward-auth.md', () => {
  const server = inject('server')
  let nginx: Nginx
  /** In front of Keyward, of one that answers 503, and of none. */
  let sites: { asking: string; atALoss: string; alone: string }
  let reader: Key
  let writer: Key
  /** Of another environment, with the same routes and scopes. */
  let stranger: Key

  beforeAll(async () => {
    const port = await freePorts(6)
    const keyward = Number(new URL(server.url).port)
    const ports = { asking: port, atALoss: port + 1, alone: port + 2 }
    const [api, lost, nobody] = [port + 3, port + 4, port + 5]
    const environmentId = await anEnvironment(server.url)
    const { 'conf.d/api.conf': page = '', ...included } = documented
    const site = page.replaceAll('env_01', environmentId)
    const http = [
      placed(site, { listen: ports.asking, keyward, api }),
      placed(site, { listen: ports.atALoss, keyward: lost, api }, '_at_a_loss'),
      placed(site, { listen: ports.alone, keyward: nobody, api }, '_alone'),
      echo(api),
      atALoss(lost),
    ]
    nginx = await startNginx({ ...included, 'http.conf': http.join('\n') }, ports.asking)
    sites = {
      asking: `http://127.0.0.1:${ports.asking}`,
      atALoss: `http://127.0.0.1:${ports.atALoss}`,
      alone: `http://127.0.0.1:${ports.alone}`,
    }
    reader = await aKey(server.url, environmentId, { name: 'reader', scopes: ['read'], ownerId: 'user-7' })
    writer = await aKey(server.url, environmentId, { name: 'writer', scopes: ['read', 'write'] })
    stranger = await aKey(server.url, await anEnvironment(server.url), { name: 'stranger', scopes: ['read', 'write'] })
  })

  afterAll(async () => {
    await nginx?.stop()
  })

  it.each(['Authorization', 'X-API-Key'])('lets a good key by %s pass, and tells the API whose it is', async (name) => {
    const credential = name === 'Authorization' ? `bearer ${reader.token}` : reader.token

    const response = await fetch(`${sites.asking}/api/rest/things?limit=2`, { headers: { [name]: credential } })

    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      uri: '/api/rest/things?limit=2',
      authorization: '',
      apiKey: '',
      keyId: reader.id,
      environmentId: reader.environmentId,
      projectId: reader.projectId,
      ownerId: 'user-7',
      scopes: 'read',
    })
  })

  it('answers a request without a key with 401 and the challenge', async () => {
    const response = await fetch(`${sites.asking}/api/rest/things`)

    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="keyward"')
  })

  it.each([
    ['a bad key', { 'X-API-Key': 'nonsense' }, 'invalid_token'],
    ['two keys', { 'X-API-Key': 'nonsense', Authorization: 'Bearer nonsense' }, 'invalid_request'],
  ])('answers %s with 401 and the reason', async (_, headers, error) => {
    const response = await fetch(`${sites.asking}/api/rest/things`, { headers })

    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toContain(`error="${error}"`)
  })

  it.each(['POST', 'PUT', 'DELETE'])(
    'answers a %s without the scope for it with 403 and what is needed',
    async (method) => {
      const response = await as(reader, '/api/rest/things', { method })

      expect(response.status).toBe(403)
      expect(response.headers.get('WWW-Authenticate')).toContain('error="insufficient_scope", scope="write"')
    },
  )

  it('asks about the method of the client and passes its body on', async () => {
    const response = await as(writer, '/api/rest/things', { method: 'POST', body: 'a'.repeat(100_000) })

    expect(response.status).toBe(200)
  })

  it('answers a request that no route takes with 403', async () => {
    const response = await as(writer, '/api/elsewhere')

    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
  })

  it.each(['/api/rest/things', '/reports/'])('finds no key of another environment for %s', async (path) => {
    expect(await statusOf(sites.asking, path, stranger)).toBe(401)
  })

  it('replaces what the client says about itself, also where Keyward says nothing', async () => {
    const response = await as(writer, '/api/rest/things', {
      headers: {
        'X-Keyward-Key-Id': 'key_of_another',
        'x-keyward-owner-id': 'user-1',
        'X-KEYWARD-SCOPES': 'read write admin',
      },
    })

    expect(await response.json()).toMatchObject({ keyId: writer.id, ownerId: '', scopes: 'read write' })
  })

  it('does not let the client say which request or which scopes Keyward is asked about', async () => {
    const response = await as(reader, '/api/rest/things?scopes=read', {
      method: 'POST',
      headers: { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': '/api/rest/things' },
    })

    expect(response.status).toBe(403)
  })

  it('asks for the scopes that the configuration names', async () => {
    expect((await as(reader, '/reports/today')).status).toBe(403)
    expect((await as(writer, '/reports/today')).status).toBe(200)
  })

  it('does not answer the question itself from outside', async () => {
    expect((await as(writer, '/_keyward')).status).toBe(404)
  })

  it.each([
    '/api/rest/things/../../custom/query',
    '/api/rest/things/%2e%2e/%2e%2e/custom/query',
    '/api/rest/..%2fcustom/query',
    '/api/rest//things',
    '/api/rest/things;a=b',
    '/api/rest/things%252f',
    '/api/rest/things#/../../custom/query',
  ])('refuses the path %s, which two servers could read as two things', async (path) => {
    expect(await statusOf(sites.asking, path, writer)).toBe(403)
  })

  it.each([
    ['cannot find out', 'atALoss', '1'],
    ['does not answer', 'alone', null],
  ] as const)('answers 503, and not 500 or 200, when Keyward %s', async (_, site, retryAfter) => {
    const response = await fetch(`${sites[site]}/api/rest/things`, { headers: { 'X-API-Key': reader.token } })

    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe(retryAfter)
  })

  const as = (key: Key, path: string, init: RequestInit = {}) =>
    fetch(sites.asking + path, { ...init, headers: { ...init.headers, 'X-API-Key': key.token } })
})

type Key = { id: string; environmentId: string; projectId: string; token: string }

/** The documented server on other ports. Upstreams are named for all of nginx, so a second copy needs other names. */
function placed(site: string, ports: { listen: number; keyward: number; api: number }, suffix = ''): string {
  return site
    .replace('listen 8080;', `listen 127.0.0.1:${ports.listen};`)
    .replace('server 127.0.0.1:8787;', `server 127.0.0.1:${ports.keyward};`)
    .replace('server 127.0.0.1:8788;', `server 127.0.0.1:${ports.api};`)
    .replaceAll(/upstream (\w+)/g, `upstream $1${suffix}`)
    .replaceAll(/http:\/\/(\w+)/g, `http://$1${suffix}`)
}

async function anEnvironment(url: string): Promise<string> {
  const project = await manage<{ id: string }>(url, '/v1/projects', { name: 'Behind nginx' })
  const environment = { name: 'Production', tag: 'production', template: 'data-api' }
  return (await manage<{ id: string }>(url, `/v1/projects/${project.id}/environments`, environment)).id
}

async function aKey(url: string, environmentId: string, fields: object): Promise<Key> {
  type Created = { key: Omit<Key, 'token'>; token: string }
  const { key, token } = await manage<Created>(url, `/v1/environments/${environmentId}/keys`, fields)
  return { ...key, token }
}

/** What the management API made. */
async function manage<T>(url: string, path: string, body: object): Promise<T> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${localRootKey()}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await response.text()
  expect(response.status, answer).toBe(201)
  return JSON.parse(answer)
}

/** Sends the path as it stands: `fetch` would tidy it up. */
function statusOf(site: string, path: string, key: Key): Promise<number | undefined> {
  const { hostname, port } = new URL(site)
  const request = get({ hostname, port, path, headers: { 'X-API-Key': key.token }, agent: false })
  return new Promise((resolve, reject) => {
    request.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject)
  })
}
