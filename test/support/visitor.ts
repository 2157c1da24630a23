// Somebody at the console, as a black box: a browser without script that keeps its cookies and sends forms as forms.
import { env, exports } from 'cloudflare:workers'
import { aManagementKey, ORIGIN } from './client.ts'

export type Seen = { status: number; headers: Headers; body: string; location: string | null }

export type Visitor = {
  cookies: Map<string, string>
  get(path: string, headers?: Record<string, string>): Promise<Seen>
  /** Sends a form from a page of the console itself, unless the headers say otherwise. */
  post(path: string, fields?: Fields, headers?: Record<string, string>): Promise<Seen>
  /** Sends a body as it is, in the same way. */
  postBody(path: string, body: BodyInit, headers?: Record<string, string>): Promise<Seen>
}

type Fields = Record<string, string | string[]>

/** `origin` is where the console is open. */
export function aVisitor(origin = ORIGIN): Visitor {
  const cookies = new Map<string, string>()
  // Attempts are counted by address: each visitor has one of their own.
  const address = crypto.randomUUID()
  async function send(path: string, init: { method: string; headers: Record<string, string>; body?: BodyInit }) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { 'CF-Connecting-IP': address, ...(cookie === '' ? {} : { Cookie: cookie }), ...init.headers }
    const response = await exports.default.fetch(`${origin}${path}`, { ...init, headers, redirect: 'manual' })
    for (const set of response.headers.getSetCookie()) keep(cookies, set)
    return {
      status: response.status,
      headers: response.headers,
      body: await response.text(),
      location: response.headers.get('Location'),
    }
  }
  const postBody: Visitor['postBody'] = (path, body, headers = {}) => {
    const sent = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin, ...headers }
    return send(path, { method: 'POST', headers: sent, body })
  }
  return {
    cookies,
    postBody,
    get: (path, headers = {}) => send(path, { method: 'GET', headers }),
    post: (path, fields = {}, headers = {}) => {
      const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one]))
      return postBody(path, new URLSearchParams(pairs).toString(), headers)
    },
  }
}

/** Somebody who has signed in: with the root key, or with a new management key of the role. */
export async function aSignedIn(role: 'root' | 'admin' | 'member' = 'root'): Promise<Visitor> {
  const visitor = aVisitor()
  const key = role === 'root' ? env.ROOT_KEY : (await aManagementKey({ role })).token
  const { status, body } = await visitor.post('/console/sign-in', { key })
  if (status !== 303) throw new Error(`not signed in: ${status} ${body}`)
  return visitor
}

/** The value of a hidden field of the form in the page. */
export function hiddenField({ body }: Seen, name: string): string {
  const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1]
  if (value === undefined) throw new Error(`no field ${name} in the page`)
  return value
}

/** The token the page shows, if it shows one. */
export const shownToken = ({ body }: Seen): string | null => TOKEN.exec(body)?.[0] ?? null

const TOKEN = /nslm?_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}/

function keep(cookies: Map<string, string>, set: string): void {
  const [pair = '', ...attributes] = set.split('; ')
  const [name = '', ...value] = pair.split('=')
  if (attributes.includes('Max-Age=0')) cookies.delete(name)
  else cookies.set(name, value.join('='))
}
