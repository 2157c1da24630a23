// What changes while a record is read for the first time: its age and its bound must be those of afterwards.
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { MAX_STALENESS_MS } from '../../src/core/environment.ts'
import { sha256Hex } from '../../src/core/hash.ts'
import { findEvidence } from '../../src/edge/freshness.ts'
import { keySourceOf } from '../../src/service/record-sources.ts'
import { openDatabase } from '../../src/store/database.ts'
import { flakyLedger, laggingD1 } from '../support/broken-bindings.ts'
import { aStoredKey, NOON, testDeps } from '../support/factory.ts'

const HOUR_MS = 3_600_000

/** A key that an isolate has never seen is looked for. After D1's nearest copy and the ledger have answered, `meanwhile` happens. */
async function aColdRead(meanwhile: (seen: { deps: ReturnType<typeof testDeps>; environmentId: string }) => void) {
  const { key, token, environment } = await aStoredKey(testDeps())
  const base = testDeps()
  const deps = { ...base, ledger: flakyLedger(base.ledger) }
  const lag = async () => {
    await vi.waitUntil(() => deps.isolate.lease !== null)
    meanwhile({ deps, environmentId: environment.id })
  }
  const lagging = { ...deps, nearest: () => openDatabase(laggingD1(env.DB, lag)) }
  const finding = await findEvidence(
    lagging,
    keySourceOf(lagging, await sha256Hex(token), key.prefix),
    MAX_STALENESS_MS,
  )
  return { finding, questions: deps.ledger.questions }
}

it('asks the ledger again when the clock went back and caught up meanwhile: nobody knows how long the read took', async () => {
  const { finding, questions } = await aColdRead(({ deps }) => {
    deps.setTime(NOON - HOUR_MS)
    deps.isolate.readClock(NOON - HOUR_MS)
    deps.setTime(NOON + 1)
  })

  expect(finding).toMatchObject({ freshness: { asOf: NOON + 1, ageMs: 0, source: 'ledger' } })
  // About the secret, about its environment, and about how old that is.
  expect(questions).toBe(3)
})

it('names no bound when its environment changed meanwhile and D1 does not have the change yet', async () => {
  const { finding } = await aColdRead(({ deps, environmentId }) => {
    const nothing = {
      revokedAt: null,
      keyId: null,
      issuedBefore: null,
      revokedBelow: null,
      tokensEndedUntil: null,
      hasUnknownSecrets: false,
    }
    deps.isolate.learn({ ...nothing, subject: `environment:${environmentId}`, revision: 99 })
  })

  expect(finding).toMatchObject({ state: 'found', revoked: false, freshness: { boundMs: 0, source: 'ledger' } })
})
