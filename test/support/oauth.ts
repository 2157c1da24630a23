// SDK credentials and access tokens for tests: made by the real services, and asked for as an OAuth client would.
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { SignJWT } from 'jose'
import { createFetch } from '../../src/app.ts'
import type { Environment } from '../../src/core/environment.ts'
import type { TokenAlgorithm } from '../../src/core/signing-key.ts'
import { authenticateClient } from '../../src/service/client-authentication.ts'
import type { Deps } from '../../src/service/deps.ts'
import { issueAccessToken, type TokenRequest } from '../../src/service/issue-token.ts'
import type { NewKey } from '../../src/service/keys.ts'
import { getSigner } from '../../src/service/signing-keys.ts'
import { type Answer, ORIGIN } from './client.ts'
import { aStoredKey } from './factory.ts'

export type Credential = Awaited<ReturnType<typeof aCredential>>

/** A stored SDK credential with its secret and its environment; it may do everything unless told otherwise. */
export async function aCredential(deps: Deps, input: Partial<NewKey> & { environment?: Environment } = {}) {
  const given = { scopes: ['read', 'write'], name: 'sdk', ...input, kind: 'credential' as const }
  const { key: credential, token: clientSecret, environment } = await aStoredKey(deps, given)
  return { credential, clientId: credential.id, clientSecret, environment }
}

/** An access token issued to the client, for all that it may do unless told otherwise. */
export async function anAccessToken(
  deps: Deps,
  { clientId, clientSecret }: Pick<Credential, 'clientId' | 'clientSecret'>,
  request: Partial<TokenRequest> = {},
): Promise<string> {
  const client = await authenticateClient(deps, { clientId, clientSecret })
  const { token } = await issueAccessToken(deps, client, { scopes: null, audiences: [], issuer: ORIGIN, ...request })
  return token
}

/** The same isolate of a deployment that has chosen the algorithm. */
export const signingWith = <D extends Deps>(deps: D, accessTokenAlgorithm: TokenAlgorithm): D => ({
  ...deps,
  config: { ...deps.config, accessTokenAlgorithm },
})

/** A credential and an access token of it. */
export async function aClientWithToken(deps: Deps, input: Parameters<typeof aCredential>[1] = {}) {
  const client = await aCredential(deps, input)
  return { ...client, token: await anAccessToken(deps, client) }
}

export type Form = Record<string, string> | [string, string][] | string

/** Sends a form, or text as it is, into the isolate of `deps`. */
export async function postForm(
  deps: Deps,
  path: string,
  form: Form,
  headers: Record<string, string> | [string, string][] = {},
): Promise<Answer> {
  const sent = new Headers(headers)
  const hasType = sent.has('Content-Type')
  if (!hasType) sent.set('Content-Type', 'application/x-www-form-urlencoded')
  if (sent.get('Content-Type') === '') sent.delete('Content-Type')
  const body = typeof form === 'string' ? form : String(new URLSearchParams(form))
  return fetchApp(deps, path, { method: 'POST', body: new TextEncoder().encode(body), headers: sent })
}

/** The answer of everything with these deps: the app, the verification and the front door. */
export async function fetchApp(deps: Deps, path: string, init: RequestInit = {}): Promise<Answer> {
  const request = new Request(`${ORIGIN}${path}`, init)
  const response = await createFetch(() => deps)(request, env, createExecutionContext())
  const text = await response.text()
  const isJson = text !== '' && /json/.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** `Authorization` of a client by HTTP Basic, each part form-encoded (RFC 6749 §2.3.1). */
export const basic = ({ clientId, clientSecret }: Pick<Credential, 'clientId' | 'clientSecret'>) => ({
  Authorization: `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`)}`,
})

export const CLIENT_CREDENTIALS = { grant_type: 'client_credentials' }

/** A token that the current signing key has signed, whatever it says; undefined takes a claim or parameter away. */
export async function signedByUs(deps: Deps, claims: object, header: Record<string, unknown> = {}): Promise<string> {
  const { key, kid, algorithm } = await getSigner(deps)
  const all: Record<string, unknown> = { typ: 'at+jwt', kid, ...header }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  const payload = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined))
  return new SignJWT(payload).setProtectedHeader({ alg: algorithm, ...given }).sign(key)
}

/** The parts of a JWT as they say. */
export function readJwt(token: string): { header: Record<string, unknown>; payload: Record<string, unknown> } {
  const [header = '', payload = ''] = token.split('.')
  return { header: fromBase64Url(header), payload: fromBase64Url(payload) }
}

/** The same JSON with the letters of base64url. */
export const toBase64Url = (value: object | string): string => {
  const bytes = new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
  return bytesToBase64Url(bytes)
}

export const bytesToBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const fromBase64Url = (text: string) => JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
