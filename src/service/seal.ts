// Private signing keys at rest in D1: a JWE (RFC 7516, `dir` with A256GCM) under a key derived from ROOT_KEY (HKDF, RFC 5869).
// The protected header names the key, so that a sealed key cannot be moved to another id.
import { base64url, CompactEncrypt, compactDecrypt, importJWK } from 'jose'
import { algorithmOf, type SigningKey } from '../core/signing-key.ts'
import type { Deps } from './deps.ts'
import { createHkdf } from './hkdf.ts'

export type Seal = {
  /** Says which ROOT_KEY this is, and nothing else about it. */
  id: string
  seal(key: CryptoKey, kid: string): Promise<string>
  /** @throws for what another ROOT_KEY has sealed, or what was sealed under another kid */
  unseal(key: Pick<SigningKey, 'kid' | 'privateKey'>): Promise<CryptoKey>
}

const SEALS = new WeakMap<Deps['config'], Promise<Seal>>()

/** The seal of the configured ROOT_KEY, made once. */
export function getSeal(config: Deps['config']): Promise<Seal> {
  const seal = SEALS.get(config) ?? createSeal(config.rootKey)
  SEALS.set(config, seal)
  return seal
}

async function createSeal(rootKey: string): Promise<Seal> {
  const hkdf = await createHkdf(rootKey)
  const key = await hkdf.deriveKey({ salt: 'keyward', info: 'signing keys v2' })
  const fingerprint = await hkdf.deriveBytes({ salt: 'keyward', info: 'id of signing keys v2' }, 8)
  return {
    id: base64url.encode(fingerprint),
    seal: async (privateKey, kid) => {
      const jwk = await crypto.subtle.exportKey('jwk', privateKey)
      const header = { alg: 'dir', enc: 'A256GCM', kid }
      return new CompactEncrypt(encode(JSON.stringify(jwk))).setProtectedHeader(header).encrypt(key)
    },
    unseal: async ({ kid, privateKey }) => {
      const { plaintext, protectedHeader } = await compactDecrypt(privateKey, key)
      if (protectedHeader.kid !== kid) throw new Error('a signing key was sealed under another kid')
      const jwk = JSON.parse(new TextDecoder().decode(plaintext))
      const opened = await importJWK(jwk, algorithmOf(jwk), { extractable: false })
      if (!(opened instanceof CryptoKey)) throw new Error('a sealed signing key that is no key')
      return opened
    },
  }
}

const encode = (text: string) => new TextEncoder().encode(text)
