// Idempotency-Key: a request that is sent again gets the same response and has no second effect, whatever happened between.
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createFetch } from '../../src/app.ts'
import { sha256Hex } from '../../src/core/hash.ts'
import type { Deps } from '../../src/service/deps.ts'
import { sweep } from '../../src/service/sweep.ts'
import { backUp } from '../support/backup.ts'
import { failingD1, flakyD1, flakyLedger } from '../support/broken-bindings.ts'
import {
  type Answer,
  aManagementKey,
  call,
  expectFaults,
  expectProblem,
  ORIGIN,
  verdictOn,
  walkToKey,
} from '../support/client.ts'
import { anotherIsolate, testDeps } from '../support/factory.ts'
import { everythingStored } from '../support/stored.ts'
import { freshIds, type Ids, methodOf, pathOf, SAMPLES } from './sample-requests.ts'

const KEY = '8e03978e-40d5-43e8-bc93-6894a57f9324'
const DAY_MS = 86_400_000

const { body: document } = await call('GET', '/openapi.json', { token: null })

const IDEMPOTENT = [
  'POST /v1/projects',
  'POST /v1/projects/{projectId}/environments',
  'POST /v1/environments/{environmentId}/keys',
  'POST /v1/environments/{environmentId}/credentials',
  'POST /v1/keys/{keyId}/rotate',
  'POST /v1/credentials/{credentialId}/rotate',
  'POST /v1/management-keys',
  'POST /v1/environments/{environmentId}/revoke-keys',
  'POST /v1/credentials/{credentialId}/end-tokens',
]
/** Those that have a body to tell them apart by. */
const WITH_BODY = IDEMPOTENT.filter((operation) => !operation.endsWith('end-tokens'))
/** What is made in one transaction with its response. What the ledger revokes has its response stored afterwards. */
const IN_ONE_TRANSACTION = WITH_BODY.filter((operation) => !operation.endsWith('revoke-keys'))
const ROTATE = 'POST /v1/keys/{keyId}/rotate'
const CREATE_KEY = 'POST /v1/environments/{environmentId}/keys'

type Sent = { key?: string | null; body?: unknown; token?: string; query?: string }

let ids: Ids
beforeEach(async () => {
  vi.spyOn(console, 'warn').mockReturnValue()
  ids = await freshIds()
  await env.DB.exec('DELETE FROM idempotent_responses')
})

/** A new isolate, now. */
const now = () => testDeps({ at: Date.now() })
const withDatabase = (db: D1Database) => testDeps({ at: Date.now(), db })

/** Sends the sample of the operation with an Idempotency-Key to an isolate with these deps. */
async function send(deps: Deps, operation: string, sent: Sent = {}): Promise<Answer> {
  const { key = KEY, body = SAMPLES[operation]?.body, token = env.ROOT_KEY, query = '' } = sent
  const headers = new Headers({ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' })
  if (key !== null) headers.set('Idempotency-Key', key)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const request = new Request(`${ORIGIN}${pathOf(operation, ids)}${query}`, {
    method: methodOf(operation),
    headers,
    body: text,
  })
  const response = await createFetch(() => deps)(request, env, createExecutionContext())
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}

const isReplayed = ({ headers }: Answer) => headers.get('Idempotency-Replayed') === 'true'
const tokenIn = ({ body }: Answer): string => body.token ?? body.clientSecret

async function countRows(table: string): Promise<number> {
  return (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>())?.n ?? 0
}

/** How many changes the audit log holds. */
const countChanges = () => countRows('audit_events')

describe.each(IDEMPOTENT)('%s with an Idempotency-Key', (operation) => {
  it('that is sent again is answered the same and changes nothing, in another isolate too', async () => {
    const deps = now()
    const first = await send(deps, operation)
    const changes = await countChanges()
    deps.setTime(deps.clock() + 60_000)

    const second = await send(anotherIsolate(deps), operation)

    expect(first.status).toBe(SAMPLES[operation]?.status)
    expect([second.status, second.body]).toEqual([first.status, first.body])
    expect([isReplayed(first), isReplayed(second)]).toEqual([false, true])
    expect(await countChanges()).toBe(changes)
  })

  it('has one response when it is sent twice at once', async () => {
    const deps = now()

    const [one, two] = await Promise.all([send(deps, operation), send(anotherIsolate(deps), operation)])

    expect(one?.status).toBe(SAMPLES[operation]?.status)
    expect(two?.body).toEqual(one?.body)
  })

  it.each([
    ['15 characters', 'x'.repeat(15)],
    ['256 characters', 'x'.repeat(256)],
    ['nothing', ''],
    ['a space', '0123456789 abcdef'],
    ['two values', `${KEY}, ${KEY}`],
    ['a control character', `${KEY}\t${KEY}`],
  ])('refuses a value of %s by name', async (_what, key) => {
    const changes = await countChanges()

    expectFaults(await send(now(), operation, { key }), ['Idempotency-Key'])
    expect(await countChanges()).toBe(changes)
  })

  it.each([16, 255])('takes a value of %i characters', async (length) => {
    expect(await send(now(), operation, { key: '~'.repeat(length) })).toMatchObject({
      status: SAMPLES[operation]?.status,
    })
  })
})

describe.each(WITH_BODY)('%s with an Idempotency-Key and a body', (operation) => {
  it('cannot be used for another body', async () => {
    const first = await send(now(), operation)
    const changes = await countChanges()

    const refused = await send(now(), operation, { body: anotherBodyOf(operation) })

    expect(first.status).toBe(SAMPLES[operation]?.status)
    expectProblem(refused, 'conflict')
    expect(refused.body.errors).toEqual([
      { path: 'Idempotency-Key', message: expect.stringMatching(/another request/) },
    ])
    expect(await countChanges()).toBe(changes)
  })
})

/** A valid body that asks for something else. */
function anotherBodyOf(operation: string): unknown {
  if (operation.endsWith('/rotate')) return { overlapSeconds: 61 }
  if (operation.endsWith('/revoke-keys')) return { reason: 'superseded' }
  return { ...Object(SAMPLES[operation]?.body), name: 'another' }
}

describe.each(IN_ONE_TRANSACTION)('%s that was made and not answered', (operation) => {
  it('is answered when it is sent again, and made once', async () => {
    const before = await countChanges()
    const lost = await send(withDatabase(dyingD1()), operation)

    const again = await send(now(), operation)

    expectProblem(lost, 'unavailable')
    expect(again.status).toBe(SAMPLES[operation]?.status)
    expect(await countChanges()).toBe(before + 1)
  })

  it('is answered at once when only the confirmation of D1 was lost', async () => {
    const before = await countChanges()

    const answer = await send(withDatabase(flakyD1(env.DB, { confirmation: true })), operation)

    expect(answer.status).toBe(SAMPLES[operation]?.status)
    expect(await countChanges()).toBe(before + 1)
  })

  it('is made again when D1 was restored to before it', async () => {
    const restore = await backUp(env.DB)
    const first = await send(now(), operation)
    await restore()

    const second = await send(now(), operation)

    expect([first.status, second.status]).toEqual([SAMPLES[operation]?.status, SAMPLES[operation]?.status])
    expect(isReplayed(second)).toBe(false)
    expect(second.body).not.toEqual(first.body)
  })

  it('is not made when its response cannot be stored', async () => {
    const before = await countChanges()
    const db = flakyD1(env.DB, { statements: /INSERT INTO "idempotent_responses"/i })

    expectProblem(await send(withDatabase(db), operation), 'unavailable')
    expect(await countChanges()).toBe(before)
  })

  it('is answered the same after D1 was restored to a moment after it', async () => {
    const first = await send(now(), operation)
    const restore = await backUp(env.DB)
    await call('POST', '/v1/projects', { body: { name: 'Later' } })
    await restore()

    expect((await send(now(), operation)).body).toEqual(first.body)
  })
})

/** A D1 that commits one batch and then is gone, before it has said so. */
const dyingD1 = () => flakyD1(env.DB, { afterBatch: true, confirmation: true })

describe('an Idempotency-Key', () => {
  it.each([CREATE_KEY, ROTATE])('of ten requests at once makes one thing: %s', async (operation) => {
    const before = await countChanges()

    const answers = await Promise.all(Array.from({ length: 10 }, () => send(now(), operation)))

    expect(new Set(answers.map(tokenIn)).size).toBe(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(await countChanges()).toBe(before + 1)
  })

  it('of two different requests at once makes one thing and refuses the other', async () => {
    const bodies = [SAMPLES[CREATE_KEY]?.body, anotherBodyOf(CREATE_KEY)]

    const answers = await Promise.all(bodies.map((body) => send(now(), CREATE_KEY, { body })))

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409])
  })

  it('gives a token that works, and the same one again', async () => {
    const first = await send(now(), CREATE_KEY)
    const second = await send(now(), CREATE_KEY)

    expect(tokenIn(second)).toBe(tokenIn(first))
    expect(await verdictOn(tokenIn(second))).toMatchObject({ valid: true })
  })

  it('keeps a rotation that is sent again from ending the secret that was promised an overlap', async () => {
    const first = await send(now(), ROTATE)
    const second = await send(now(), ROTATE)

    expect(second.body).toEqual(first.body)
    expect(await verdictOn(ids.token)).toMatchObject({ valid: true })
    expect(await verdictOn(tokenIn(first))).toMatchObject({ valid: true })
  })

  it('keeps a rotation that twins send from ending the secret that was promised an overlap', async () => {
    await Promise.all([send(now(), ROTATE), send(now(), ROTATE), send(now(), ROTATE)])

    expect(await verdictOn(ids.token)).toMatchObject({ valid: true })
  })

  it('keeps a revocation of all keys that is sent again from reaching keys that were issued since', async () => {
    const operation = 'POST /v1/environments/{environmentId}/revoke-keys'
    const deps = now()
    const first = await send(deps, operation, { body: { reason: 'compromised' } })
    deps.setTime(deps.clock() + 1000)
    const { body: made } = await send(deps, CREATE_KEY, { key: null })
    deps.setTime(deps.clock() + 1000)

    const second = await send(deps, operation, { body: { reason: 'compromised' } })

    expect(second.body).toEqual(first.body)
    expect(first.body.revokedKeys).toBeGreaterThan(0)
    expect(await verdictOn(made.token)).toMatchObject({ valid: true })
  })

  it('does not see a difference in how the same body is written', async () => {
    const body = { name: 'billing', scopes: ['read'], expiresAt: '2999-01-31T12:00:00Z', metadata: { a: 1, b: 2 } }
    const first = await send(now(), CREATE_KEY, { body })

    const { name, scopes } = body
    const rewritten = { metadata: { b: 2, a: 1 }, expiresAt: '2999-01-31T13:00:00+01:00', scopes, name }
    const second = await send(now(), CREATE_KEY, { body: JSON.stringify(rewritten, null, 2) })

    expect(second.body).toEqual(first.body)
  })

  it('cannot be used for another path', async () => {
    const body = { name: 'sdk', scopes: ['read'] }
    const first = await send(now(), CREATE_KEY, { body })

    const refused = await send(now(), 'POST /v1/environments/{environmentId}/credentials', { body })

    expect(first.status).toBe(201)
    expectProblem(refused, 'conflict')
  })

  it('belongs to its actor: another one makes its own, and is not told', async () => {
    const [{ token: one }, { token: other }] = [await aManagementKey(), await aManagementKey()]
    const first = await send(now(), CREATE_KEY, { token: one })

    const same = await send(now(), CREATE_KEY, { token: other })
    const { status } = await send(now(), ROTATE, { token: env.ROOT_KEY })

    expect([same.status, isReplayed(same), status]).toEqual([201, false, 201])
    expect(tokenIn(same)).not.toBe(tokenIn(first))
  })

  it('does not open the response to an actor that may no longer do what it did', async () => {
    const { managementKey, token } = await aManagementKey({ role: 'member' })
    await send(now(), CREATE_KEY, { token })
    await env.DB.prepare("UPDATE management_keys SET role = 'verifier' WHERE id = ?").bind(managementKey.id).run()

    expectProblem(await send(now(), CREATE_KEY, { token }), 'forbidden')
  })

  it('is remembered for 24 hours and not a millisecond longer', async () => {
    const deps = now()
    const start = deps.clock()
    const first = await send(deps, CREATE_KEY)

    deps.setTime(start + DAY_MS - 1)
    const last = await send(deps, CREATE_KEY)
    deps.setTime(start + DAY_MS)
    const anew = await send(deps, CREATE_KEY)

    expect(last.body).toEqual(first.body)
    expect([anew.status, isReplayed(anew)]).toEqual([201, false])
    expect(tokenIn(anew)).not.toBe(tokenIn(first))
    expect((await send(deps, CREATE_KEY)).body).toEqual(anew.body)
  })

  it('is not spent by a request that was refused', async () => {
    await call('PATCH', `/v1/keys/${ids.keyId}`, { body: { enabled: false } })
    const refused = await send(now(), ROTATE)
    await call('PATCH', `/v1/keys/${ids.keyId}`, { body: { enabled: true } })

    const made = await send(now(), ROTATE)

    expectProblem(refused, 'conflict')
    expect([made.status, isReplayed(made)]).toEqual([201, false])
  })

  it('is not spent by a request that could not be made', async () => {
    const deps = now()
    const refused = await send({ ...deps, ledger: flakyLedger(deps.ledger, { down: true }) }, ROTATE)

    expectProblem(refused, 'unavailable')
    expect((await send(now(), ROTATE)).status).toBe(201)
  })

  it('makes nothing while D1 cannot say whether it was used', async () => {
    const before = await countChanges()

    expectProblem(await send(withDatabase(failingD1()), CREATE_KEY), 'unavailable')
    expect(await countChanges()).toBe(before)
  })

  it('gives the response of the first time, whatever has become of what was made', async () => {
    const first = await send(now(), CREATE_KEY)
    await call('POST', `/v1/keys/${first.body.key.id}/revoke`)
    const rotated = await send(now(), ROTATE, { key: `${KEY}-2` })
    await call('PATCH', `/v1/keys/${ids.keyId}`, { body: { enabled: false } })

    expect((await send(now(), CREATE_KEY)).body).toEqual(first.body)
    expect((await send(now(), ROTATE, { key: `${KEY}-2` })).body).toEqual(rotated.body)
  })

  it('is refused with a character beyond ASCII', async () => {
    expectFaults(await send(now(), CREATE_KEY, { key: '0123456789abcdé' }), ['Idempotency-Key'])
  })

  it('is not needed: a request without one stores no response', async () => {
    await send(now(), CREATE_KEY, { key: null })

    expect(await countRows('idempotent_responses')).toBe(0)
  })
})

/** Puts what each of the two stored responses says under the id of the other. */
async function swapSealed(): Promise<void> {
  const select = env.DB.prepare('SELECT id, sealed FROM idempotent_responses')
  const { results } = await select.all<{ id: string; sealed: string }>()
  const update = env.DB.prepare('UPDATE idempotent_responses SET sealed = ? WHERE id <> ?')
  await env.DB.batch(results.map(({ id, sealed }) => update.bind(sealed, id)))
}

describe('a stored response', () => {
  it('shows no token, no hash, no part of a secret and no header value to who reads the stores', async () => {
    const answers = await Promise.all(
      IDEMPOTENT.map((operation, index) => send(now(), operation, { key: `${KEY}-${index}` })),
    )

    const stored = await everythingStored()
    const { results } = await env.DB.prepare('SELECT * FROM idempotent_responses').all()
    const responses = JSON.stringify(results)
    expect(results).toHaveLength(IDEMPOTENT.length)
    expect(stored).not.toContain(KEY)
    for (const token of answers.map(tokenIn).filter((text) => text !== undefined)) {
      for (const part of [token, token.slice(-49), token.slice(-43, -6)]) expect(stored).not.toContain(part)
      expect(responses).not.toContain(token.split('_')[1])
      expect(responses).not.toContain(await sha256Hex(token))
    }
  })

  it('does not open under another identity', async () => {
    const first = await send(now(), CREATE_KEY, { key: `${KEY}-1` })
    const second = await send(now(), ROTATE, { key: `${KEY}-2` })
    await swapSealed()

    const answers = [await send(now(), CREATE_KEY, { key: `${KEY}-1` }), await send(now(), ROTATE, { key: `${KEY}-2` })]

    for (const answer of answers) {
      expectProblem(answer, 'conflict')
      for (const made of [first, second]) expect(JSON.stringify(answer.body)).not.toContain(tokenIn(made))
    }
  })

  it('does not open with another ROOT_KEY, and what was made is not made again', async () => {
    const { token } = await aManagementKey()
    await send(now(), CREATE_KEY, { token })
    const changes = await countChanges()
    const deps = now()
    const config = { ...deps.config, rootKey: 'another-root-key-of-the-tests-0123456789' }

    expectProblem(await send({ ...deps, config }, CREATE_KEY, { token }), 'conflict')
    expect(await countChanges()).toBe(changes)
  })

  it('is deleted by the sweep when it has expired, and not before', async () => {
    const deps = now()
    const start = deps.clock()
    await send(deps, CREATE_KEY)
    deps.setTime(start + 1)
    await send(deps, ROTATE, { key: `${KEY}-2` })

    deps.setTime(start + DAY_MS)
    await sweep(deps)
    await deps.settled()

    expect(await countRows('idempotent_responses')).toBe(1)
    expect(isReplayed(await send(deps, ROTATE, { key: `${KEY}-2` }))).toBe(true)
  })

  it('is deleted with at most a thousand others in one sweep', async () => {
    const deps = now()
    await env.DB.prepare(
      `INSERT INTO idempotent_responses (id, sealed, expires_at)
       SELECT printf('%043d', value), 'x', ? FROM json_each(?)`,
    )
      .bind(deps.clock(), JSON.stringify(Array.from({ length: 1001 }, (_, index) => index)))
      .run()

    await sweep(deps)
    await deps.settled()

    expect(await countRows('idempotent_responses')).toBe(1)
  })

  it('is logged nowhere, nor is its key', async () => {
    const logged: unknown[] = []
    for (const method of ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const) {
      vi.spyOn(console, method).mockImplementation((...line: unknown[]) => void logged.push(...line))
    }
    const lost = await send(withDatabase(dyingD1()), CREATE_KEY)
    const answers = await Promise.all([send(now(), CREATE_KEY), send(now(), CREATE_KEY)])

    const told = inspect([logged, lost], { depth: null, showHidden: true, maxStringLength: null })
    expect(logged.length).toBeGreaterThan(0)
    for (const secret of [KEY, ...answers.map(tokenIn)]) expect(told).not.toContain(secret)
    expect(told).not.toMatch(/eyJ/)
  })
})

describe('the OpenAPI document', () => {
  const operations = Object.entries<Record<string, object>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )

  it('offers the Idempotency-Key on every POST but those of OAuth and those that are the same when they are sent again', () => {
    const posts = operations.filter(({ name }) => name.startsWith('POST'))
    const taking = operations.filter(({ operation }) => JSON.stringify(operation).includes('"Idempotency-Key"'))

    const others = posts.map(({ name }) => name).filter((name) => !IDEMPOTENT.includes(name))
    expect(taking.map(({ name }) => name).sort()).toEqual([...IDEMPOTENT].sort())
    expect(others.sort()).toEqual([
      'POST /oauth2/introspect',
      'POST /oauth2/revoke',
      'POST /oauth2/token',
      'POST /v1/credentials/{credentialId}/revoke',
      'POST /v1/keys/verify',
      'POST /v1/keys/{keyId}/revoke',
      'POST /v1/management-keys/{managementKeyId}/revoke',
    ])
  })

  it('says that a response may be the one of before', () => {
    for (const { name, operation } of operations.filter(({ name }) => IDEMPOTENT.includes(name))) {
      const { responses } = operation as { responses: Record<string, { headers?: object }> } // what the document holds
      expect(Object.keys(responses[String(SAMPLES[name]?.status)]?.headers ?? {})).toContain('Idempotency-Replayed')
      expect(Object.keys(responses)).toContain('409')
    }
  })
})

it('a request that makes nothing is answered whatever its Idempotency-Key is', async () => {
  const { token } = await walkToKey()
  const headers = { Authorization: `Bearer ${env.ROOT_KEY}`, 'Idempotency-Key': 'short' }

  expect(await call('POST', '/v1/keys/verify', { body: { token }, headers })).toMatchObject({ status: 200 })
})
