import { describe, expect, it } from 'vitest'
import { explainRequest } from '../../src/service/explain-request.ts'
import { editKey, rotateKey } from '../../src/service/keys.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { aCaller, anEnvironment, aStoredKey, type TestDeps, testDeps } from '../support/factory.ts'

const READ = { method: 'GET', path: '/api/rest/items' }
const member = aCaller({ role: 'member' })

const rehearsed = async (deps: TestDeps, environmentId: string, key: string, request = READ) =>
  (await explainRequest(deps, member, environmentId, { ...request, holder: { key } })).explanation

describe('explainRequest', () => {
  it('asks with the scopes of the key that is named by its id or by the prefix of a secret', async () => {
    const deps = testDeps()
    const { key, environment } = await aStoredKey(deps)

    for (const named of [key.id, key.prefix]) {
      expect(await rehearsed(deps, environment.id, named)).toMatchObject({ outcome: 'no_upstream' })
      expect(await rehearsed(deps, environment.id, named, { ...READ, method: 'POST' })).toMatchObject({
        outcome: 'insufficient_scope',
        missing: ['write'],
      })
    }
  })

  it('asks with scopes alone', async () => {
    const deps = testDeps()
    const { id } = await anEnvironment(deps)

    const { explanation, key } = await explainRequest(deps, member, id, { ...READ, holder: { scopes: [] } })

    expect({ explanation, key }).toMatchObject({ explanation: { missing: ['read'] }, key: null })
  })

  it('tells a revoked key, a disabled one, and a secret that a rotation ended', async () => {
    const deps = testDeps()
    const environment = await anEnvironment(deps)
    const [revoked, disabled, rotated] = await Promise.all([
      aStoredKey(deps, { environment }),
      aStoredKey(deps, { environment }),
      aStoredKey(deps, { environment }),
    ])
    await revokeKey(deps, aCaller(), revoked.key.id, {})
    await editKey(deps, aCaller(), disabled.key.id, { enabled: false })
    await rotateKey(deps, aCaller(), rotated.key.id, { overlapSeconds: 0 })
    const reasonOf = async (named: string) => await rehearsed(deps, environment.id, named)

    expect(await reasonOf(revoked.key.prefix)).toEqual({ outcome: 'bad_key', reason: 'revoked' })
    expect(await reasonOf(disabled.key.prefix)).toEqual({ outcome: 'bad_key', reason: 'disabled' })
    expect(await reasonOf(rotated.key.prefix)).toEqual({ outcome: 'bad_key', reason: 'superseded' })
    expect(await reasonOf(rotated.key.id)).toMatchObject({ outcome: 'no_upstream' })
  })

  it('knows no key of another environment, whether it is there or not', async () => {
    const deps = testDeps()
    const { id } = await anEnvironment(deps)
    const { key } = await aStoredKey(deps)

    for (const named of [key.id, key.prefix, 'key_00000000000000000000000000', 'nothing!']) {
      await expect(rehearsed(deps, id, named)).rejects.toMatchObject({
        code: 'invalid_request',
        faults: [{ path: 'key' }],
      })
    }
  })

  it('takes no SDK credential for an API key', async () => {
    const deps = testDeps()
    const { key, environment } = await aStoredKey(deps, { kind: 'credential' })

    await expect(rehearsed(deps, environment.id, key.prefix)).rejects.toMatchObject({ faults: [{ path: 'key' }] })
  })

  it('is not for verifiers', async () => {
    const deps = testDeps()
    const { id } = await anEnvironment(deps)

    const asked = explainRequest(deps, aCaller({ role: 'verifier' }), id, { ...READ, holder: { scopes: [] } })

    await expect(asked).rejects.toMatchObject({ code: 'forbidden' })
  })
})
