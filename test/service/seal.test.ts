import { expect, it } from 'vitest'
import { getSeal } from '../../src/service/seal.ts'
import { testDeps } from '../support/factory.ts'

async function aSealedKey(kid: string) {
  const { config } = testDeps()
  const { privateKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair // it makes pairs
  const seal = await getSeal(config)
  return { seal, sealed: await seal.seal(privateKey, kid) }
}

it('a sealed signing key opens under its own kid', async () => {
  const { seal, sealed } = await aSealedKey('one')

  expect(await seal.unseal({ kid: 'one', privateKey: sealed })).toMatchObject({ type: 'private' })
})

it('a sealed signing key that was moved to another kid does not open', async () => {
  const { seal, sealed } = await aSealedKey('one')

  await expect(seal.unseal({ kid: 'two', privateKey: sealed })).rejects.toThrow()
})
