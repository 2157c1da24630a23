// Keys derived from a secret text (HKDF-SHA-256, RFC 5869). `info` names the purpose, so that no two uses share a key.
export type Derivation = { salt: string; info: string }

export type Hkdf = {
  /** A key for AES-256-GCM. */
  deriveKey(derivation: Derivation): Promise<CryptoKey>
  deriveBytes(derivation: Derivation, count: number): Promise<Uint8Array>
}

export async function createHkdf(secret: string): Promise<Hkdf> {
  const source = await crypto.subtle.importKey('raw', encode(secret), 'HKDF', false, ['deriveKey', 'deriveBits'])
  return {
    deriveKey: (derivation) => crypto.subtle.deriveKey(parametersOf(derivation), source, AES_256_GCM, false, USES),
    deriveBytes: async (derivation, count) =>
      new Uint8Array(await crypto.subtle.deriveBits(parametersOf(derivation), source, count * 8)),
  }
}

const parametersOf = ({ salt, info }: Derivation) => ({
  name: 'HKDF',
  hash: 'SHA-256',
  salt: encode(salt),
  info: encode(info),
})

const encode = (text: string) => new TextEncoder().encode(text)

const AES_256_GCM = { name: 'AES-GCM', length: 256 }
const USES = ['encrypt', 'decrypt']
