import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AccessRequest, decide, type Evidence, type VerificationRecord } from '../../src/core/policy.ts'
import type { Freshness } from '../../src/core/verdict.ts'

const NOW = 1000
const FRESHNESS: Freshness = { asOf: 990, ageMs: 10, boundMs: 5000, source: 'ledger' }
const ANYTHING: AccessRequest = { scopes: [], environmentIds: [] }

const aRecord = (given: Partial<VerificationRecord> = {}): VerificationRecord => ({
  keyId: 'key_1',
  name: 'billing',
  prefix: '4fK9aZ2q',
  projectId: 'proj_1',
  environment: { id: 'env_a', name: 'Production', tag: 'production' },
  scopes: ['read'],
  enabled: true,
  ownerId: 'owner-1',
  metadata: { team: 'billing' },
  expiresAt: null,
  secretExpiresAt: null,
  revokedAt: null,
  lastUsedAt: 900,
  ...given,
})

const evidenceOf = (record: Partial<VerificationRecord> = {}, { revoked = false } = {}): Evidence => ({
  record: aRecord(record),
  revoked,
  freshness: FRESHNESS,
})

const moment = fc.integer({ min: 0, max: 12 })
const end = fc.option(moment)
const environmentId = fc.constantFrom('env_a', 'env_b')
const scopes = fc.subarray(['read', 'write', 'items'])
const anyRecord = fc
  .record({
    revokedAt: fc.option(moment, { freq: 1 }),
    expiresAt: end,
    secretExpiresAt: end,
    enabled: fc.boolean(),
    scopes,
  })
  .map(aRecord)
const anyEvidence = fc.record({ record: anyRecord, revoked: fc.boolean(), freshness: fc.constant(FRESHNESS) })
const anyRequest = fc.record({ scopes, environmentIds: fc.array(environmentId, { maxLength: 2 }) })
const CHEAP = { numRuns: 1000 }

describe('decide', () => {
  it('says of a credential that an access token speaks for it', () => {
    expect(decide(evidenceOf({ keyId: 'cred_01h455vb4pex5vsknk084sn02q' }), ANYTHING, NOW)).toMatchObject({
      kind: 'access_token',
    })
  })

  it('answers with all that the caller may know of a good key, and nothing more', () => {
    const { secretExpiresAt, revokedAt, lastUsedAt, enabled, ...shown } = aRecord()

    const verdict = decide(evidenceOf(), ANYTHING, NOW)

    expect(verdict).toStrictEqual({ valid: true, code: 'valid', kind: 'api_key', ...shown, freshness: FRESHNESS })
  })

  it.each([
    { expiresAt: null, secretExpiresAt: null, shown: null },
    { expiresAt: 2000, secretExpiresAt: null, shown: 2000 },
    { expiresAt: null, secretExpiresAt: 1500, shown: 1500 },
    { expiresAt: 2000, secretExpiresAt: 1500, shown: 1500 },
    { expiresAt: 1500, secretExpiresAt: 2000, shown: 1500 },
  ])('tells when this very token ends: $shown of key $expiresAt and secret $secretExpiresAt', ({ shown, ...ends }) => {
    expect(decide(evidenceOf(ends), ANYTHING, NOW)).toMatchObject({ valid: true, expiresAt: shown })
  })

  it.each([
    { revokedAt: 0, revoked: false, by: 'the record, even at the epoch' },
    { revokedAt: 999, revoked: false, by: 'the record' },
    { revokedAt: NOW + 5000, revoked: false, by: 'the record, by a clock ahead of ours' },
    { revokedAt: null, revoked: true, by: 'the tombstone alone' },
    { revokedAt: 999, revoked: true, by: 'both' },
  ])('denies a key that is revoked by $by', ({ revokedAt, revoked }) => {
    const verdict = decide(evidenceOf({ revokedAt }, { revoked }), ANYTHING, NOW)

    expect(verdict).toStrictEqual({ valid: false, code: 'revoked', keyId: 'key_1', freshness: FRESHNESS })
  })

  it.each([
    { ends: { expiresAt: NOW }, code: 'expired' },
    { ends: { expiresAt: NOW + 1 }, code: 'valid' },
    { ends: { secretExpiresAt: NOW }, code: 'expired' },
    { ends: { secretExpiresAt: NOW + 1 }, code: 'valid' },
    { ends: { expiresAt: NOW - 1, secretExpiresAt: NOW + 1 }, code: 'expired' },
    { ends: { expiresAt: NOW + 1, secretExpiresAt: NOW - 1 }, code: 'expired' },
  ])('is $code at 1000 with the ends $ends', ({ ends, code }) => {
    expect(decide(evidenceOf(ends), ANYTHING, NOW)).toMatchObject({ valid: code === 'valid', code })
  })

  it('denies a disabled key', () => {
    const verdict = decide(evidenceOf({ enabled: false }), ANYTHING, NOW)

    expect(verdict).toStrictEqual({ valid: false, code: 'disabled', keyId: 'key_1', freshness: FRESHNESS })
  })

  it('names the scopes that were asked for and those of them that are missing', () => {
    const request = { scopes: ['write', 'read', 'items'], environmentIds: [] }

    expect(decide(evidenceOf({ scopes: ['read'] }), request, NOW)).toStrictEqual({
      valid: false,
      code: 'insufficient_scope',
      keyId: 'key_1',
      requiredScopes: ['write', 'read', 'items'],
      missingScopes: ['write', 'items'],
      freshness: FRESHNESS,
    })
  })

  it.each([
    { held: ['read'], asked: 'read:items' },
    { held: ['read:items'], asked: 'read' },
    { held: ['READ'], asked: 'read' },
    { held: ['read,write'], asked: 'read' },
    { held: ['*'], asked: 'read' },
    { held: [], asked: 'read' },
  ])('does not take $held for $asked', ({ held, asked }) => {
    const verdict = decide(evidenceOf({ scopes: held }), { scopes: [asked], environmentIds: [] }, NOW)

    expect(verdict).toMatchObject({ valid: false, code: 'insufficient_scope' })
  })

  const FAULTS = { enabled: false, scopes: [], expiresAt: NOW, revokedAt: 999 }
  it.each([
    { faults: FAULTS, asked: 'env_b', code: 'not_found' },
    { faults: FAULTS, asked: 'env_a', code: 'revoked' },
    { faults: { ...FAULTS, revokedAt: null }, asked: 'env_a', code: 'expired' },
    { faults: { ...FAULTS, revokedAt: null, expiresAt: null }, asked: 'env_a', code: 'disabled' },
    { faults: { scopes: [] }, asked: 'env_a', code: 'insufficient_scope' },
  ])('gives the most final reason first: $code for $faults asked about in $asked', ({ faults, asked, code }) => {
    expect(decide(evidenceOf(faults), { scopes: ['read'], environmentIds: [asked] }, NOW).code).toBe(code)
  })

  it.each([
    { environmentIds: [], code: 'valid' },
    { environmentIds: ['env_a'], code: 'valid' },
    { environmentIds: ['env_a', 'env_a'], code: 'valid' },
    { environmentIds: ['env_b'], code: 'not_found' },
    { environmentIds: ['env_a', 'env_b'], code: 'not_found' },
    { environmentIds: ['env_b', 'env_a'], code: 'not_found' },
    { environmentIds: ['ENV_A'], code: 'not_found' },
    { environmentIds: [''], code: 'not_found' },
  ])('meets all bindings or none: $code for $environmentIds', ({ environmentIds, code }) => {
    expect(decide(evidenceOf(), { scopes: [], environmentIds }, NOW).code).toBe(code)
  })

  it('knows nothing of a key of another environment, whatever its state', () => {
    fc.assert(
      fc.property(anyEvidence, anyRequest, moment, (evidence, request, now) => {
        const elsewhere = { ...request, environmentIds: [...request.environmentIds, 'env_b'] }

        expect(decide(evidence, elsewhere, now)).toStrictEqual({ valid: false, code: 'not_found' })
      }),
      CHEAP,
    )
  })

  it('lets deny beat allow: what is revoked anywhere is never valid', () => {
    const revoked = anyEvidence.filter(({ record, revoked }) => revoked || record.revokedAt !== null)

    fc.assert(
      fc.property(revoked, anyRequest, moment, (evidence, request, now) => {
        expect(decide(evidence, request, now).valid).toBe(false)
      }),
      CHEAP,
    )
  })

  it('allows exactly when nothing at all speaks against it', () => {
    fc.assert(
      fc.property(anyEvidence, anyRequest, moment, (evidence, request, now) => {
        const { record, revoked } = evidence
        const lastMoment = Math.min(record.expiresAt ?? 99, record.secretExpiresAt ?? 99) - 1
        const alive = record.enabled && record.revokedAt === null && !revoked && now <= lastMoment
        const held = new Set([...record.scopes, ...request.scopes]).size === record.scopes.length
        const here = !request.environmentIds.includes('env_b')

        expect(decide(evidence, request, now).valid).toBe(alive && held && here)
      }),
      CHEAP,
    )
  })

  it('never changes from no to yes as time passes', () => {
    fc.assert(
      fc.property(anyEvidence, anyRequest, moment, moment, (evidence, request, now, later) => {
        fc.pre(!decide(evidence, request, now).valid)
        expect(decide(evidence, request, now + later).valid).toBe(false)
      }),
      CHEAP,
    )
  })

  it('leaves the record and the request as they were', () => {
    fc.assert(
      fc.property(anyEvidence, anyRequest, moment, (evidence, request, now) => {
        const before = structuredClone({ evidence, request })

        decide(evidence, request, now)

        expect({ evidence, request }).toEqual(before)
      }),
    )
  })
})
