import { expect, it } from 'vitest'
import { sealOf } from '../../src/service/seal.ts'
import { testDeps } from '../support/factory.ts'

async function aSealedKey(kid: string) {
  const { config, random } = testDeps()
  const { privateKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair // it makes pairs
  const seal = await sealOf(config)
  return { seal, sealed: await seal.close(privateKey, kid, random) }
}

it('a sealed signing key opens under its own kid', async () => {
  const { seal, sealed } = await aSealedKey('one')

  expect(await seal.open({ kid: 'one', privateKey: sealed })).toMatchObject({ type: 'private' })
})

it('a sealed signing key that was moved to another kid does not open', async () => {
  const { seal, sealed } = await aSealedKey('one')

  await expect(seal.open({ kid: 'two', privateKey: sealed })).rejects.toThrow()
})
