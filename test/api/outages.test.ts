// What HTTP says when a store cannot be asked or the code itself breaks: the app is built with deps that do.
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createFetch } from '../../src/app.ts'
import { ConfigError } from '../../src/config.ts'
import { newId } from '../../src/core/ids.ts'
import type { Deps } from '../../src/service/deps.ts'
import { failingD1 } from '../support/broken-bindings.ts'
import { expectProblem, ORIGIN, verdictOn, walkToKey } from '../support/client.ts'
import { testDeps } from '../support/factory.ts'
import { type Ids, MANAGED, methodOf, pathOf, SAMPLES } from './sample-requests.ts'

type Asked = { token?: string; body?: unknown }

/** Asks an app whose deps are made by `makeDeps`. */
async function ask(makeDeps: () => Deps, method: string, path: string, { token = env.ROOT_KEY, body }: Asked = {}) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const request = new Request(`${ORIGIN}${path}`, { method, headers, ...sent })
  const response = await createFetch(makeDeps)(request, env, createExecutionContext())
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}

const withoutDatabase = () => testDeps({ db: failingD1() })
const broken = (error: Error) => () => {
  throw error
}

const IDS: Ids = {
  projectId: 'proj_1',
  emptyProjectId: 'proj_2',
  environmentId: 'env_1',
  keyId: newId('key'),
  credentialId: newId('credential'),
  managementKeyId: 'mk_1',
  token: '',
}

describe('while the database cannot be asked', () => {
  const REVOCATIONS = ['POST /v1/keys/{keyId}/revoke', 'DELETE /v1/keys/{keyId}']
  const BY_LEDGER_ALONE = [...REVOCATIONS, 'POST /v1/credentials/{credentialId}/revoke']

  it.each(MANAGED.filter((operation) => !operation.endsWith('/verify') && !BY_LEDGER_ALONE.includes(operation)))(
    '%s is 503 with Retry-After, and never 401 or 404',
    async (operation) => {
      const { query = '', body } = SAMPLES[operation] ?? {}

      const answer = await ask(withoutDatabase, methodOf(operation), pathOf(operation, IDS) + query, { body })

      expectProblem(answer, 'unavailable')
      expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
    },
  )

  it.each(REVOCATIONS)('%s revokes a key by its id, and says that this is still to be recorded', async (operation) => {
    const { key, token } = await walkToKey()

    const answer = await ask(withoutDatabase, methodOf(operation), pathOf(operation, { ...IDS, keyId: key.id }))

    expect(answer).toMatchObject({ status: 200, body: { key: null, receipt: { recorded: 'pending' } } })
    expect(await verdictOn(token)).toMatchObject({ valid: false, code: 'revoked', keyId: key.id })
  })

  it('a credential is revoked by its id, and says that this is still to be recorded', async () => {
    const credentialId = newId('credential')

    const answer = await ask(withoutDatabase, 'POST', `/v1/credentials/${credentialId}/revoke`)

    expect(answer).toMatchObject({ status: 200, body: { credential: null, receipt: { recorded: 'pending' } } })
  })

  it.each(REVOCATIONS)('%s is 404 for what cannot be the id of a key', async (operation) => {
    const answer = await ask(withoutDatabase, methodOf(operation), pathOf(operation, { ...IDS, keyId: 'key_1' }))

    expectProblem(answer, 'not_found')
  })

  it('the verification of a good key is 503, and neither yes nor no', async () => {
    const { token } = await walkToKey()

    const answer = await ask(withoutDatabase, 'POST', '/v1/keys/verify', { body: { token } })

    expectProblem(answer, 'unavailable')
    expect(answer.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
  })

  it('whoami with a good key is 503 and not 401', async () => {
    const { token } = await walkToKey()

    expectProblem(await ask(withoutDatabase, 'GET', '/v1/whoami', { token }), 'unavailable')
  })

  it('a token that is none is still refused, for that takes no database', async () => {
    const { status, body } = await ask(withoutDatabase, 'POST', '/v1/keys/verify', { body: { token: 'x' } })

    expect({ status, body }).toEqual({ status: 200, body: { valid: false, code: 'malformed' } })
  })

  it('says nothing of what the database said', async () => {
    const { body } = await ask(withoutDatabase, 'GET', '/v1/projects')

    expect(JSON.stringify({ ...body, requestId: '' })).not.toMatch(/D1|SQL|Network|select/i)
  })
})

describe('a defect', () => {
  it('is 500 with nothing of the exception', async () => {
    const secret = 'nsl_12345678_with-a-secret-in-the-message'

    const answer = await ask(broken(new TypeError(secret)), 'GET', '/v1/projects')

    expectProblem(answer, 'internal_error')
    expect(JSON.stringify([answer.body, ...answer.headers])).not.toMatch(/nsl_|secret|TypeError|outages/)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
  })

  it('of the configuration is 503 without the names or values of variables', async () => {
    const answer = await ask(broken(new ConfigError('ROOT_KEY must be set')), 'GET', '/v1/projects')

    expectProblem(answer, 'unavailable')
    expect(JSON.stringify(answer.body)).not.toContain('ROOT_KEY')
  })
})
