import { describe, expect, it } from 'vitest'
import { PROBLEMS as CLIENT_PROBLEMS, createRefusal, type RefusalKind } from '../../packages/keyward/src/refusal.ts'
import { PROBLEMS, type ProblemCode } from '../../src/core/problem.ts'
import { type Refusal, refusalOf, refuse, tokenRefusalOf } from '../../src/front-door/refusal.ts'

const SCOPES = ['read', 'admin']
const denied = (admission: Parameters<typeof refusalOf>[0]) => refusalOf(admission, 'api_key')

/** What a guard refuses, and the refusal of the front door for the same reason. */
const SAME: Record<RefusalKind, Refusal> = {
  twoTokens: tokenRefusalOf('ambiguous', 'api_key'),
  noToken: tokenRefusalOf('missing', 'api_key'),
  badKey: tokenRefusalOf('malformed', 'api_key'),
  missingScope: denied({ state: 'insufficient_scope', requiredScopes: SCOPES } as Parameters<typeof refusalOf>[0]),
  unavailable: denied({ state: 'unknown' } as Parameters<typeof refusalOf>[0]),
}

describe('the refusals of a guard', () => {
  it.each(Object.entries(CLIENT_PROBLEMS))('have the title and status of %s as Keyward has them', (code, problem) => {
    const { title, status } = PROBLEMS[code as ProblemCode]

    expect(problem).toEqual({ title, status })
  })

  it.each(Object.entries(SAME))('say %s as the front door says it', async (kind, refusal) => {
    const request = new Request('https://keys.example.com/api/reports')
    const proxied = { request, requestId: 'an id', deps: {} } as Parameters<typeof refuse>[0]
    const theirs = refuse(proxied, refusal)

    const ours = createRefusal(kind as RefusalKind, {
      realm: 'keyward',
      scopes: SCOPES,
      problemsUrl: 'https://keys.example.com/problems/',
      retryAfterSeconds: 2,
    })

    const requestId = ours.headers['X-Request-Id'] ?? ''
    expect(ours.status).toBe(theirs.status)
    expect(ours.body.replace(requestId, 'an id')).toBe(await theirs.text())
    for (const name of ['Content-Type', 'Cache-Control', 'WWW-Authenticate', 'Retry-After']) {
      expect(ours.headers[name] ?? null).toBe(theirs.headers.get(name))
    }
  })
})
