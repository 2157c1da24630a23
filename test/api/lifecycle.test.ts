import { describe, expect, it } from 'vitest'
import { call, walkToKey } from '../support/client.ts'

describe('the life of a key over HTTP', () => {
  it('verifies a new key', async () => {
    const { token, key } = await walkToKey()

    const { status, body } = await call('POST', '/v1/keys/verify', { body: { token } })

    expect(status).toBe(200)
    expect(body).toMatchObject({ valid: true, keyId: key.id })
  })
})
