// What stands around a proxy that asks Keyward: keys, an API that keeps what reached it, a Keyward that cannot find out, and
// a client that sends requests exactly as it is told.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type Server } from 'node:http'
import { createServer as createSocketServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { localRootKey } from '../../scripts/root-key.ts'

export type Header = [name: string, value: string]
export type Sent = { method?: string; headers?: Header[]; body?: string }
type Answered = { status: number; headers: IncomingHttpHeaders; body: string }

/** Sends the path and the headers as they stand: `fetch` would tidy them up. */
export async function send(url: string, { method = 'GET', headers = [], body }: Sent = {}): Promise<Answered> {
  const [, hostname = '', port = '', path = ''] = /^http:\/\/([^:/]+):(\d+)(.*)$/.exec(url) ?? []
  const lines: Header[] = [['Host', `${hostname}:${port}`], ...headers]
  if (body !== undefined) lines.push(['Content-Length', String(body.length)])
  const sent = request({ hostname, port, path, method, headers: lines.flat(), agent: false })
  const [response] = (await once(sent.end(body), 'response')) as [IncomingMessage] // what `response` is emitted with
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
}

type Received = { method: string; url: string; headers: Header[]; body: string }
export type Api = { server: Server; seen: Received[]; last(): Received }

/** An API that lets everyone read its answers, whatever Keyward says. */
export async function startApi(port: number): Promise<Api> {
  const seen: Received[] = []
  const server = createServer(async (received, response) => {
    const { method = '', url = '', rawHeaders } = received
    const headers = rawHeaders.flatMap((name, at): Header[] => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : []))
    seen.push({ method, url, headers, body: await text(received) })
    response.setHeader('Access-Control-Allow-Origin', '*').end('from the API')
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const last = () => {
    const received = seen.at(-1)
    if (received === undefined) throw new Error('nothing reached the API')
    return received
  }
  return { server, seen, last }
}

export type AtALoss = { server: Server; asked: IncomingHttpHeaders[] }

/** Answers every question as a Keyward does that cannot find out whether a key is good, and keeps how it was asked. */
export async function startAtALoss(port: number): Promise<AtALoss> {
  const asked: IncomingHttpHeaders[] = []
  const server = createServer(({ headers }, response) => {
    asked.push(headers)
    response.writeHead(503, { 'Retry-After': '1' }).end()
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return { server, asked }
}

/** Accepts connections, and never says a word. */
export async function startMute(port: number): Promise<{ close: () => void }> {
  const sockets: Socket[] = []
  const server = createSocketServer((socket) => sockets.push(socket.on('error', () => {})))
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return {
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** What a server reads that takes every character but letters and digits for the same, as WSGI, CGI and PHP do. */
export function readLoosely({ headers }: Received, name: string): string {
  const loose = looseNameOf(name)
  return headers.flatMap(([other, value]) => (looseNameOf(other) === loose ? [value] : [])).join(', ')
}

/** Whose request it is, as such a server reads it; empty where nothing is said. */
export function identityIn(received: Received): Record<string, string> {
  const told = received.headers.map(([name]) => looseNameOf(name)).filter((name) => name.startsWith('x-keyward'))
  const names = new Set([...IDENTITY.map(looseNameOf), ...told])
  return Object.fromEntries([...names].map((name) => [name, readLoosely(received, name)]))
}

const looseNameOf = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')

export const IDENTITY = [
  'X-Keyward-Key-Id',
  'X-Keyward-Client-Id',
  'X-Keyward-Environment-Id',
  'X-Keyward-Project-Id',
  'X-Keyward-Owner-Id',
  'X-Keyward-Scopes',
] as const

/** Names that some server reads as one of ours. */
export const CLAIMS = [
  ...IDENTITY,
  ...IDENTITY.map((name) => name.toUpperCase()),
  ...IDENTITY.map((name) => name.replaceAll('-', '_')),
  ...IDENTITY.map((name) => name.toLowerCase().replaceAll('-', '_')),
  'X-Keyward_Owner-Id',
  'X_Keyward-Owner-Id',
  'X-Keyward-Owner_Id',
  'X.Keyward.Owner.Id',
  'X~Keyward~Owner~Id',
  'X!Keyward+Owner*Id',
  'X-KEYWARD_OWNER_ID',
]

/** Headers by which some servers handle another method or path than that of the request. */
export const OVERRIDES = [
  'X-HTTP-Method',
  'X-HTTP-Method-Override',
  'X-Method-Override',
  'X-Original-Method',
  'X-Original-URL',
  'X-Original-URI',
  'X-Rewrite-URL',
  'X-Forwarded-Method',
  'X-Forwarded-Uri',
  'X_HTTP_Method_Override',
  'X_Original_URL',
  'X~HTTP.Method!Override',
]

export type Key = { id: string; environmentId: string; projectId: string; token: string }

/** Of a project of its own, with the routes and scopes of the template `data-api`. */
export async function anEnvironment(url: string, browserOrigins: string[] = []): Promise<string> {
  const project = await manage<{ id: string }>(url, '/v1/projects', { name: 'Behind a proxy' })
  const fields = { name: 'Production', tag: 'production', template: 'data-api' }
  const { id } = await manage<{ id: string }>(url, `/v1/projects/${project.id}/environments`, fields)
  if (browserOrigins.length > 0) await manage(url, `/v1/environments/${id}`, { browserOrigins }, 'PATCH')
  return id
}

export async function aKey(url: string, environmentId: string, fields: object): Promise<Key> {
  type Created = { key: Omit<Key, 'token'>; token: string }
  const { key, token } = await manage<Created>(url, `/v1/environments/${environmentId}/keys`, fields)
  return { ...key, token }
}

/** Resolves when no isolate takes the key any more. */
export const revoke = (url: string, key: Key) => manage(url, `/v1/keys/${key.id}/revoke?wait=effective`, {})

/** An SDK credential that may read and write, with an access token. */
export async function aClient(url: string, environmentId: string): Promise<{ id: string; accessToken: string }> {
  type Created = { clientId: string; clientSecret: string }
  const fields = { name: 'SDK', scopes: ['read', 'write'] }
  const client = await manage<Created>(url, `/v1/environments/${environmentId}/credentials`, fields)
  const response = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client.clientId,
      client_secret: client.clientSecret,
    }),
  })
  const { access_token } = (await response.json()) as { access_token: string } // RFC 6749 §5.1
  return { id: client.clientId, accessToken: access_token }
}

/** What the management API answers. */
export async function manage<T>(url: string, path: string, body: object, method = 'POST'): Promise<T> {
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${localRootKey()}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await response.text()
  expect(response.ok, answer).toBe(true)
  return JSON.parse(answer)
}
