import { env } from 'cloudflare:workers'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { sha256Hex } from '../../src/core/hash.ts'
import { editKey, rotateKey } from '../../src/service/keys.ts'
import { authenticate, revokeManagementKey } from '../../src/service/management-keys.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { failingD1, flakyD1, flakyKv } from '../support/broken-bindings.ts'
import { aCaller, aManagementKey, aStoredKey, type TestDeps, testDeps, verifyKey } from '../support/factory.ts'
import { everythingStored } from '../support/stored.ts'

const CHECKSUM_LENGTH = 6

/** Everything about a token that nobody may see: the whole, and its secret with and without the checksum. */
const secretsOf = (token: string) => {
  const [brand = '', prefix = ''] = token.split('_')
  const tail = token.slice(brand.length + prefix.length + 2)
  return [token, tail, tail.slice(0, -CHECKSUM_LENGTH)]
}

/** The whole life of a key and of a management key. Returns every token there was. */
async function aWholeLife(deps: TestDeps): Promise<string[]> {
  const { key, token } = await aStoredKey(deps, { ownerId: 'ana', metadata: { a: 1 } })
  const { token: second } = await rotateKey(deps, aCaller(), key.id, { overlapSeconds: 60 })
  await editKey(deps, aCaller(), key.id, { name: 'other' })
  const { managementKey, token: managementToken } = await aManagementKey(deps)
  for (const each of [token, second]) await verifyKey(deps, null, { token: each })
  await authenticate(deps, managementToken)
  await revokeKey(deps, aCaller(), key.id, { note: 'done' })
  await revokeManagementKey(deps, aCaller(), managementKey.id)
  await deps.settled()
  return [token, second, managementToken]
}

describe('a token', () => {
  it('is in no column of no table and in no value of KV, in whole or in part, but as its hash', async () => {
    const tokens = await aWholeLife(testDeps())

    const stored = await everythingStored()

    for (const secret of tokens.flatMap(secretsOf)) expect(stored).not.toContain(secret)
    for (const token of tokens) expect(stored.split(await sha256Hex(token))).toHaveLength(2)
  })

  it('has a hash that is neither in the audit log nor in KV', async () => {
    const tokens = await aWholeLife(testDeps())
    const { results: events } = await env.DB.prepare('SELECT * FROM audit_events').all()
    const { keys } = await env.REVOCATIONS.list()
    const values = await Promise.all(keys.map(({ name }) => env.REVOCATIONS.get(name)))

    const told = JSON.stringify([events, keys, values])
    for (const token of tokens) expect(told).not.toContain(await sha256Hex(token))
  })
})

describe('what is logged and thrown while stores fail', () => {
  const logged: unknown[] = []

  beforeEach(() => {
    logged.length = 0
    for (const method of ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const) {
      vi.spyOn(console, method).mockImplementation((...line: unknown[]) => void logged.push(...line))
    }
  })

  const FAILURES: [string, () => TestDeps][] = [
    ['D1 is down', () => testDeps({ db: failingD1() })],
    ['KV is down', () => testDeps({ kv: flakyKv(env.REVOCATIONS, { reads: true, writes: true }) })],
    ['both are down', () => testDeps({ db: failingD1(), kv: flakyKv(env.REVOCATIONS, { reads: true, writes: true }) })],
    ['D1 refuses writes', () => testDeps({ db: flakyD1(env.DB, { statements: /^(insert|update)/i }) })],
    ['D1 refuses what touches secrets', () => testDeps({ db: flakyD1(env.DB, { statements: /api_key_secrets/ }) })],
    ['D1 is lost after a batch', () => testDeps({ db: flakyD1(env.DB, { afterBatch: true }) })],
  ]

  it.each(FAILURES)('names no token and no hash when %s', async (_what, brokenDeps) => {
    const { key, token, environment } = await aStoredKey(testDeps())
    const { token: managementToken } = await aManagementKey(testDeps())
    const deps = brokenDeps()
    const minted: string[] = []
    const outcomes = await Promise.allSettled([
      verifyKey(deps, null, { token }),
      authenticate(deps, managementToken),
      aStoredKey(deps, { environment }).then((made) => minted.push(made.token)),
      editKey(deps, aCaller(), key.id, { name: 'x' }),
      rotateKey(deps, aCaller(), key.id, { overlapSeconds: 60 }).then((made) => minted.push(made.token)),
      revokeKey(deps, aCaller(), key.id, {}),
    ])

    const failures = [
      await deps.settled(),
      ...outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : [])),
    ].flat()
    const told = inspect([logged, failures], { depth: null, showHidden: true, maxStringLength: null })
    expect(failures.length + logged.length).toBeGreaterThan(0)
    expect(told).not.toMatch(/[0-9a-f]{64}/)
    for (const secret of [token, managementToken, ...minted].flatMap(secretsOf)) expect(told).not.toContain(secret)
    expect(told).not.toMatch(/nslm?_\w{8}_\w{40}/)
  })

  it('names no hash when D1 refuses a statement for what it says', async () => {
    const deps = testDeps()
    const { key, token } = await aStoredKey(deps)
    const sameToken = { ...deps, random: replayOf(token) }

    const refused = await aStoredKey(sameToken).catch((error: unknown) => error)

    const told = inspect([refused, logged], { depth: null, showHidden: true })
    expect(told).toContain('UNIQUE constraint failed')
    expect(told).not.toContain(await sha256Hex(token))
    expect(told).not.toContain(token.slice(-49))
    expect(key.prefix).toHaveLength(8)
  })
})

/** Randomness that mints the same token again. */
function replayOf(token: string): (count: number) => Uint8Array {
  const [, prefix = '', tail = ''] = token.split('_')
  const texts = [prefix, tail.slice(0, -CHECKSUM_LENGTH)]
  return () => Uint8Array.from(texts.shift() ?? '', (letter) => ALPHABET.indexOf(letter))
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
