// How private keys rest in D1: AES-256-GCM under a key derived from ROOT_KEY (HKDF, RFC 5869), each bound to its own id.
import { base64url } from 'jose'
import type { SigningKey } from '../core/signing-key.ts'
import type { Deps } from '../deps.ts'

export type Seal = {
  /** Says which ROOT_KEY this is, and nothing else about it. */
  id: string
  close(key: CryptoKey, kid: string, random: Deps['random']): Promise<string>
  open(key: Pick<SigningKey, 'kid' | 'privateKey'>): Promise<CryptoKey>
}

const NONCE_BYTES = 12
const SEALS = new WeakMap<Deps['config'], Promise<Seal>>()

/** The seal of the configured ROOT_KEY, made once. */
export function sealOf(config: Deps['config']): Promise<Seal> {
  const seal = SEALS.get(config) ?? makeSeal(config.rootKey)
  SEALS.set(config, seal)
  return seal
}

async function makeSeal(rootKey: string): Promise<Seal> {
  const root = await crypto.subtle.importKey('raw', encode(rootKey), 'HKDF', false, ['deriveKey', 'deriveBits'])
  const derivation = (info: string) => ({ name: 'HKDF', hash: 'SHA-256', salt: encode('keyward'), info: encode(info) })
  const algorithm = { name: 'AES-GCM', length: 256 }
  const key = await crypto.subtle.deriveKey(derivation('signing keys v1'), root, algorithm, false, [
    'wrapKey',
    'unwrapKey',
  ])
  const fingerprint = await crypto.subtle.deriveBits(derivation('id of signing keys v1'), root, 64)
  return {
    id: base64url.encode(new Uint8Array(fingerprint)),
    close: async (privateKey, kid, random) => {
      const iv = random(NONCE_BYTES)
      const bytes = await crypto.subtle.wrapKey('pkcs8', privateKey, key, sealing(iv, kid))
      return base64url.encode(new Uint8Array([...iv, ...new Uint8Array(bytes)]))
    },
    open: ({ kid, privateKey }) => {
      const bytes = base64url.decode(privateKey)
      const iv = bytes.subarray(0, NONCE_BYTES)
      return crypto.subtle.unwrapKey('pkcs8', bytes.subarray(NONCE_BYTES), key, sealing(iv, kid), 'Ed25519', false, [
        'sign',
      ])
    },
  }
}

const sealing = (iv: Uint8Array, kid: string) => ({ name: 'AES-GCM', iv, additionalData: encode(kid) })

const encode = (text: string) => new TextEncoder().encode(text)
