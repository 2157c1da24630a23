// A token that was sent to the front door is in nothing that leaves it: no log line, no answer, no request to the upstream.
import { inspect } from 'node:util'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { failingD1, flakyLedger } from '../support/broken-bindings.ts'
import { anotherIsolate, testDeps } from '../support/factory.ts'
import { type Asked, aDoor, askDoor, type Door } from '../support/upstream.ts'

const logged: unknown[] = []
beforeEach(() => {
  logged.length = 0
  for (const method of ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const) {
    vi.spyOn(console, method).mockImplementation((...line: unknown[]) => void logged.push(...line))
  }
})

const openly = (token: string): Asked => ({ token })
const everywhere = (token: string): Asked => ({
  token,
  method: 'POST',
  body: 'x',
  headers: { Cookie: `a=${token}`, Referer: `https://a.test/?k=${token}`, 'X-Copy': token, 'X-Request-Id': token },
})
const twice = (token: string): Asked => ({ token, headers: { 'X-API-Key': token } })
const fromAPage = (token: string): Asked => ({ token, headers: { Origin: `https://${token}.test` } })

const failing = (request: Request) => {
  throw new Error(`could not ask ${request.url} ${JSON.stringify([...request.headers])}`)
}

const CASES: [string, (token: string) => Asked, string, (door: Door) => Door['deps']][] = [
  ['is let through', openly, '/api/x', ({ deps }) => deps],
  ['is sent everywhere', everywhere, '/api/x?key=TOKEN&a=1', ({ deps }) => deps],
  ['is in the path', openly, '/api/x/TOKEN', ({ deps }) => deps],
  ['is encoded in the path', openly, '/api/x/%6eTOKEN', ({ deps }) => deps],
  ['is in a path without a route', openly, '/api-TOKEN', ({ deps }) => deps],
  ['is sent twice', twice, '/api/x', ({ deps }) => deps],
  ['comes from a page', fromAPage, '/api/x', ({ deps }) => deps],
  [
    'is sent while the upstream fails',
    everywhere,
    '/api/x?key=TOKEN',
    ({ deps }) => ({ ...deps, fetchUpstream: failing as typeof fetch }),
  ],
  [
    'is sent while the ledger fails',
    openly,
    '/api/x?key=TOKEN',
    ({ deps }) => ({ ...anotherIsolate(deps), ledger: flakyLedger(deps.ledger, { down: true }) }),
  ],
  [
    'is sent while D1 fails',
    openly,
    '/api/x?key=TOKEN',
    ({ deps }) => {
      const { db, nearest } = testDeps({ db: failingD1() })
      return { ...anotherIsolate(deps), db, nearest }
    },
  ],
  ['is asked about by a proxy', everywhere, '/forward-auth?scopes=read&k=TOKEN', ({ deps }) => deps],
]

describe('a token', () => {
  it.each(CASES)('that %s is told to nobody', async (_, asked, path, depsOf) => {
    const door = await aDoor()
    const deps = depsOf(door)

    const answer = await askDoor(deps, path.replaceAll('TOKEN', door.token), asked(door.token))
    const failures = await deps.settled()

    const passed = door.upstream.seen.map(({ url, headers }) => [url, [...headers]])
    const told = inspect([logged, failures, passed, answer.status, [...answer.headers], answer.body], {
      depth: null,
      showHidden: true,
      maxStringLength: null,
      maxArrayLength: null,
    })
    for (const secret of secretsOf(door.token)) expect(told).not.toContain(secret)
  })
})

/** The whole, and its secret part with and without the checksum. */
function secretsOf(token: string): string[] {
  const secret = token.slice(token.lastIndexOf('_') + 1)
  return [token, secret, secret.slice(0, -6)]
}
