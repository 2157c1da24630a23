// A server in Keyward's place that answers whatever a test wants, and verdicts to answer with.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, vi } from 'vitest'

export const MANAGEMENT_KEY = 'kwm_management-key-of-the-client-tests'
export const TOKEN = 'nsl_4fK9aZ2q_ThisTokenIsSecretAndMustNotLeakAnywhere000000000000'

export const FRESHNESS = { asOf: '2026-11-21T12:00:00.000Z', ageMs: 12, boundMs: 5000, source: 'lease' }

export const aYes = (fields: object = {}) => ({
  valid: true,
  code: 'valid',
  keyId: 'key_1',
  name: 'Billing',
  prefix: '4fK9aZ2q',
  projectId: 'proj_1',
  environment: { id: 'env_1', name: 'Production', tag: 'production' },
  scopes: ['read', 'write'],
  ownerId: null,
  metadata: {},
  expiresAt: null,
  freshness: FRESHNESS,
  ...fields,
})

export const INSUFFICIENT_SCOPE = {
  valid: false,
  code: 'insufficient_scope',
  keyId: 'key_1',
  requiredScopes: ['admin'],
  missingScopes: ['admin'],
  freshness: FRESHNESS,
}

/** Every no that Keyward gives. */
export const DENIALS = [
  { valid: false, code: 'malformed' },
  { valid: false, code: 'not_found' },
  ...['revoked', 'disabled', 'expired'].map((code) => ({ valid: false, code, keyId: 'key_1', freshness: FRESHNESS })),
  INSUFFICIENT_SCOPE,
]

/** What looks like a yes and is none. */
export const NOT_A_YES: [string, unknown][] = [
  ['valid as text', aYes({ valid: 'true' })],
  ['valid as a number', aYes({ valid: 1 })],
  ['valid alone', { valid: true }],
  ['valid with its code alone', { valid: true, code: 'valid' }],
  ['a yes with the code of a no', aYes({ code: 'revoked' })],
  ['a yes with the code of no answer', aYes({ code: 'unavailable' })],
  ['a yes with no code', aYes({ code: undefined })],
  ['a no with the code of a yes', aYes({ valid: false })],
  ['a yes without a key', aYes({ keyId: undefined })],
  ['a yes whose scopes are text', aYes({ scopes: 'read write' })],
  ['a yes without an environment', aYes({ environment: null })],
  ['a yes without freshness', aYes({ freshness: undefined })],
  ['a yes of unknown freshness', aYes({ freshness: { ...FRESHNESS, source: 'hearsay' } })],
  ['a yes of no age', aYes({ freshness: { ...FRESHNESS, ageMs: null } })],
  ['a yes in a list', [aYes()]],
  ['true', true],
  ['text', 'valid'],
  ['null', null],
  ['nothing', undefined],
  ['an empty object', {}],
  ['a no without a code', { valid: false }],
  ['a no whose code is no code', { valid: false, code: '<h1>Not found</h1>' }],
  ['a no that lacks what it is about', { valid: false, code: 'revoked' }],
]

type Handler = (request: IncomingMessage, response: ServerResponse) => void
export type Stub = {
  url: string
  requests: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[]
}

/** Runs `use` against a server on this machine that answers with `handler`, one handler for each request in turn. */
export async function withStub<T>(handlers: Handler | Handler[], use: (stub: Stub) => Promise<T>): Promise<T> {
  const turns = [handlers].flat()
  const requests: Stub['requests'] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body })
      turns[Math.min(requests.length, turns.length) - 1]?.(request, response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return await use({ url: `http://127.0.0.1:${address.port}`, requests })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

export const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value))

export const hang: Handler = () => {}
export const breakOff: Handler = (request) => request.socket.destroy()
export const breakOffInTheMiddle: Handler = (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
  response.write('{"valid": true, "co', () => request.socket.destroy())
}

/** What the code under test warns of, from the beginning of each test. No warning may hold the token. */
export function recordWarnings(): () => string {
  let warned: string
  beforeEach(() => {
    warned = ''
    vi.spyOn(console, 'warn').mockImplementation((text) => {
      warned += text
    })
  })
  afterEach(() => {
    expect(warned).not.toContain(TOKEN)
    vi.restoreAllMocks()
  })
  return () => warned
}
