// OAuth clients that nobody here wrote, against a running Worker: discovery, client credentials, introspection, revocation,
// and a resource server that verifies tokens by the published keys, before and after a rotation.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import jwksRsa from 'jwks-rsa'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localRootKey } from '../../scripts/root-key.ts'
import { freePorts, root, runDev } from '../support/running-server.ts'

/** A local Worker is asked by http, which both clients refuse unless told otherwise. */
const INSECURE = { [oauth.allowInsecureRequests]: true }

const storage = mkdtempSync(join(tmpdir(), 'keyward-'))
let port: number
let url: string
let server: ReturnType<typeof runDev>
let client: oauth.Client & { client_id: string }
let secret: string
let environmentId: string

beforeAll(async () => {
  port = await freePorts(1)
  url = `http://localhost:${port}`
  await start()
  const project = await manage('POST', '/v1/projects', { name: 'OAuth' })
  const body = { name: 'Live', tag: 'live', template: 'data-api', audiences: ['https://api.example.com'] }
  environmentId = (await manage('POST', `/v1/projects/${project['id']}/environments`, body))['id'] ?? ''
  const created = await aCredential()
  ;[client, secret] = [created.client, created.secret]
})
afterAll(async () => {
  await server?.stop()
  rmSync(storage, { recursive: true, force: true })
})

/** Starts the Worker on the storage of this file, whatever was there before. */
async function start(...flags: string[]): Promise<void> {
  const own = ['--port', String(port), '--inspector-port', '0', '--persist-to', storage, '--no-upstream']
  server = runDev(...own, ...flags)
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const answers = await fetch(`${url}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answers) return
    if (server.process.exitCode !== null) break
    await setTimeout(200)
  }
  throw new Error(server.output())
}

async function manage(method: string, path: string, body: object): Promise<Record<string, string>> {
  const headers = { Authorization: `Bearer ${localRootKey()}`, 'Content-Type': 'application/json' }
  const response = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as Record<string, string> // what the tests read of it is text
}

async function aCredential(scopes = ['read', 'write']) {
  const created = await manage('POST', `/v1/environments/${environmentId}/credentials`, { name: 'sdk', scopes })
  return { client: { client_id: String(created['clientId']) }, secret: String(created['clientSecret']) }
}

async function obtainAccessToken(): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client.client_id,
    client_secret: secret,
  })
  const response = await fetch(`${url}/oauth2/token`, { method: 'POST', body })
  return String(Reflect.get(Object(await response.json()), 'access_token'))
}

const inLocalD1 = (statement: string) =>
  promisify(execFile)(
    'npx',
    ['wrangler', 'd1', 'execute', 'DB', '--local', '--persist-to', storage, '--command', statement],
    { cwd: root, env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' } },
  )

describe('oauth4webapi', () => {
  const WAYS: [string, (text: string) => oauth.ClientAuth][] = [
    ['Basic', (text) => oauth.ClientSecretBasic(text)],
    ['the body', (text) => oauth.ClientSecretPost(text)],
  ]

  async function discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(url)
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE })
    return oauth.processDiscoveryResponse(issuer, response)
  }

  const obtainToken = async (
    as: oauth.AuthorizationServer,
    auth: oauth.ClientAuth,
    parameters: Record<string, string> = {},
  ) =>
    oauth.processClientCredentialsResponse(
      as,
      client,
      await oauth.clientCredentialsGrantRequest(as, client, auth, parameters, INSECURE),
    )

  const introspect = async (as: oauth.AuthorizationServer, auth: oauth.ClientAuth, token: string) =>
    oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, token, INSECURE))

  it('finds every endpoint by itself', async () => {
    expect(await discover()).toMatchObject({
      issuer: url,
      token_endpoint: `${url}/oauth2/token`,
      jwks_uri: `${url}/.well-known/jwks.json`,
    })
  })

  it('finds the server from the resource, and the resource from its challenge (RFC 9728)', async () => {
    const resource = new URL(`${url}/core`)
    const refusal = await fetch(`${url}/core/rest/x`)
    const metadata = /resource_metadata="([^"]+)"/.exec(refusal.headers.get('WWW-Authenticate') ?? '')?.[1] ?? ''

    for (const response of [await oauth.resourceDiscoveryRequest(resource, INSECURE), await fetch(metadata)]) {
      const described = await oauth.processResourceDiscoveryResponse(resource, response)
      expect(described.authorization_servers).toEqual([(await discover()).issuer])
    }
  })

  it.each(WAYS)('obtains a token by %s, asks what it is worth, and ends it', async (_, authBy) => {
    const as = await discover()
    const auth = authBy(secret)

    const issued = await obtainToken(as, auth)
    expect(issued).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'read write' })
    expect(await introspect(as, auth, issued.access_token)).toMatchObject({
      active: true,
      client_id: client.client_id,
      scope: 'read write',
      iss: url,
    })
    const revoked = await oauth.revocationRequest(as, client, auth, issued.access_token, INSECURE)
    expect(await oauth.processRevocationResponse(revoked)).toBeUndefined()
    expect(await introspect(as, auth, issued.access_token)).toEqual({ active: false })
  })

  it('narrows the scope, and is refused what the client does not hold', async () => {
    const as = await discover()
    const auth = oauth.ClientSecretBasic(secret)

    expect(await obtainToken(as, auth, { scope: 'read' })).toMatchObject({ scope: 'read' })
    await expect(obtainToken(as, auth, { scope: 'read admin' })).rejects.toMatchObject({
      error: 'invalid_scope',
      status: 400,
    })
  })

  it.each(WAYS)('reads the error and the challenge when the secret is wrong, by %s', async (_, authBy) => {
    const as = await discover()

    const refusal = await obtainToken(as, authBy('wrong:secret+with%odd letters')).catch((error: unknown) => error)

    expect(refusal).toMatchObject({ status: 401 })
    expect(refusal).toSatisfy(
      (error) => error instanceof oauth.WWWAuthenticateChallengeError || error instanceof oauth.ResponseBodyError,
    )
  })

  it('verifies a token as a resource server does (RFC 9068 §4)', async () => {
    const as = await discover()
    const { access_token: token } = await obtainToken(as, oauth.ClientSecretBasic(secret))
    const request = new Request(`${url}/core/x`, { headers: { Authorization: `Bearer ${token}` } })

    const claims = await oauth.validateJwtAccessToken(as, request, `${url}/core`, {
      signingAlgorithms: ['EdDSA'],
      ...INSECURE,
    })

    expect(claims).toMatchObject({ iss: url, client_id: client.client_id, scope: 'read write' })
  })

  it('sees a client that may do nothing as a good one', async () => {
    const scopes = [{ name: 'x' }]
    const project = await manage('POST', '/v1/projects', { name: 'Other' })
    const made = await manage('POST', `/v1/projects/${project['id']}/environments`, { name: 'E', tag: 'e', scopes })
    const created = await manage('POST', `/v1/environments/${made['id']}/credentials`, { name: 'none', scopes: [] })
    const as = await discover()
    const nobody = { client_id: String(created['clientId']) }
    const auth = oauth.ClientSecretBasic(String(created['clientSecret']))

    const response = await oauth.clientCredentialsGrantRequest(as, nobody, auth, {}, INSECURE)

    expect(await oauth.processClientCredentialsResponse(as, nobody, response)).not.toHaveProperty('scope')
  })
})

describe('openid-client', () => {
  const configure = (text: string, auth?: openid.ClientAuth) =>
    openid.discovery(new URL(url), client.client_id, text, auth, {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })

  it.each<[string, (text: string) => openid.ClientAuth]>([
    ['Basic', (text) => openid.ClientSecretBasic(text)],
    ['the body', (text) => openid.ClientSecretPost(text)],
  ])('finds the server, obtains a token by %s, asks what it is worth, and ends it', async (_, authBy) => {
    const { client: own, secret: ownSecret } = await aCredential()
    const config = await openid.discovery(new URL(url), own.client_id, ownSecret, authBy(ownSecret), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })

    const issued = await openid.clientCredentialsGrant(config, { scope: 'read', audience: 'https://api.example.com' })
    expect(issued).toMatchObject({ token_type: 'bearer', scope: 'read' })
    expect(issued.expiresIn()).toBeGreaterThan(3590)
    expect(await openid.tokenIntrospection(config, issued.access_token)).toMatchObject({
      active: true,
      aud: [`${url}/core`, 'https://api.example.com'],
    })
    await openid.tokenRevocation(config, issued.access_token)
    expect(await openid.tokenIntrospection(config, issued.access_token)).toEqual({ active: false })
  })

  it('hears why it is refused', async () => {
    const config = await configure(secret)

    await expect(openid.clientCredentialsGrant(config, { scope: 'admin' })).rejects.toMatchObject({
      error: 'invalid_scope',
    })
    const wrong = await configure('wrong')
    await expect(openid.clientCredentialsGrant(wrong)).rejects.toMatchObject({ status: 401 })
  })
})

describe('a resource server with the published keys', () => {
  const expected = () => ({ issuer: url, audience: `${url}/core`, typ: 'at+jwt', algorithms: ['EdDSA'] })

  it('verifies a token by them, before and after a rotation, and across a restart', async () => {
    const keySet = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`), { cooldownDuration: 0 })
    const before = await obtainAccessToken()
    expect((await jwtVerify(before, keySet, expected())).payload).toMatchObject({ sub: client.client_id })

    await server.stop()
    await inLocalD1(`UPDATE signing_keys SET signs_until = signs_from + 1`)
    await start()
    const after = await obtainAccessToken()

    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid)
    for (const token of [before, after]) {
      expect((await jwtVerify(token, keySet, expected())).payload).toMatchObject({ client_id: client.client_id })
    }
    const ours = await fetch(`${url}/core/nowhere`, { headers: { Authorization: `Bearer ${before}` } })
    expect(ours.status).toBe(404)
  })

  it('refuses one whose payload was changed, and one for another resource', async () => {
    const keySet = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`))
    const token = await obtainAccessToken()
    const [header, payload = '', signature] = token.split('.')
    const changed = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('read', 'rEad')).toString(
      'base64url',
    )

    await expect(jwtVerify(`${header}.${changed}.${signature}`, keySet, expected())).rejects.toThrow('signature')
    await expect(jwtVerify(token, keySet, { ...expected(), audience: 'https://other.example' })).rejects.toThrow('aud')
  })
})

describe('a deployment that changes to RS256', () => {
  it('is understood by jsonwebtoken with jwks-rsa, and breaks no token from before', async () => {
    const before = await obtainAccessToken()
    await server.stop()
    await start('--var', 'ACCESS_TOKEN_ALGORITHM:RS256')
    const after = await obtainAccessToken()

    expect([before, after].map((token) => decodeProtectedHeader(token).alg)).toEqual(['EdDSA', 'RS256'])
    const { kid } = decodeProtectedHeader(after)
    const key = await jwksRsa({ jwksUri: `${url}/.well-known/jwks.json` }).getSigningKey(kid)
    const expected = { issuer: url, audience: `${url}/core`, algorithms: ['RS256' as const] }
    expect(jsonwebtoken.verify(after, key.getPublicKey(), expected)).toMatchObject({ client_id: client.client_id })
    for (const token of [before, after]) {
      const ours = await fetch(`${url}/core/nowhere`, { headers: { Authorization: `Bearer ${token}` } })
      expect(ours.status).toBe(404)
    }
  })
})

describe('over real HTTP', () => {
  it('a token opens /core and nothing else, and no longer once its credential is revoked', async () => {
    const { client: own, secret: ownSecret } = await aCredential()
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: own.client_id,
      client_secret: ownSecret,
    })
    const { access_token: token } = Object(await (await fetch(`${url}/oauth2/token`, { method: 'POST', body })).json())
    const statusOf = async (path: string) =>
      (await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } })).status

    // The template's routes have no upstream yet: 502 is behind the door.
    expect(await statusOf('/core/rest/x')).toBe(502)
    expect([await statusOf('/api/rest/x'), await statusOf('/v1/projects')]).toEqual([401, 401])
    await manage('POST', `/v1/credentials/${own.client_id}/revoke?wait=effective`, {})
    expect(await statusOf('/core/rest/x')).toBe(401)
  })

  it('a body of megabytes is refused with an answer, and the server goes on', async () => {
    const response = await fetch(`${url}/oauth2/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'a'.repeat(5_000_000),
    })

    expect(response.status).toBe(413)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('nothing secret was printed', () => {
    expect(server.output()).not.toContain(secret.slice(-49))
    expect(server.output()).not.toMatch(/eyJ[\w-]{20,}\./)
  })
})
