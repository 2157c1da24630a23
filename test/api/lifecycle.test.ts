import { describe, expect, it } from 'vitest'
import { call, verdictOn, walkToKey } from '../support/client.ts'

describe('the life of a key over HTTP', () => {
  it('verifies a new key', async () => {
    const { token, key } = await walkToKey()

    const { status, body } = await call('POST', '/v1/keys/verify', { body: { token } })

    expect(status).toBe(200)
    expect(body).toMatchObject({ valid: true, keyId: key.id })
  })

  it('goes from wrong scope to rotation to the end of both tokens', async () => {
    const { token, key } = await walkToKey({ scopes: ['read'] })

    expect(await verdictOn(token, { scopes: ['write'] })).toMatchObject({ code: 'insufficient_scope' })
    await call('PATCH', `/v1/keys/${key.id}`, { body: { scopes: ['read', 'write'] } })
    expect(await verdictOn(token, { scopes: ['write'] })).toMatchObject({ code: 'valid' })

    const rotated = await call('POST', `/v1/keys/${key.id}/rotate`, { body: { overlapSeconds: 60 } })
    expect(await verdictOn(token)).toMatchObject({ code: 'valid' })

    await call('POST', `/v1/keys/${key.id}/revoke`)
    expect(await verdictOn(token)).toMatchObject({ code: 'revoked' })
    expect(await verdictOn(rotated.body.token)).toMatchObject({ code: 'revoked' })
  })
})
