import { describe, expect, it } from 'vitest'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { verifyKey } from '../../src/service/verify.ts'
import { aCaller, aStoredKey, testDeps } from '../support/factory.ts'

describe('verifyKey', () => {
  it('allows a live key', async () => {
    const deps = testDeps()
    const { token, key } = await aStoredKey(deps)

    expect(await verifyKey(deps, null, { token })).toMatchObject({ valid: true, keyId: key.id })
  })

  it('denies a key from the moment it is revoked', async () => {
    const deps = testDeps()
    const { token, key } = await aStoredKey(deps)

    await revokeKey(deps, aCaller(), key.id, {})

    expect(await verifyKey(deps, null, { token })).toMatchObject({ valid: false, code: 'revoked', keyId: key.id })
  })
})
