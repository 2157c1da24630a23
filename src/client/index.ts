// keyward/client: verifies tokens with a Keyward Worker, from a Worker, from Node or wherever there is fetch.
export {
  type FetchFunction,
  type KeyVerifierBinding,
  type KeyVerifierOptions,
  KeywardConfigError,
} from './configuration.ts'
export type {
  Denial,
  Freshness,
  KeyQuestion,
  Unavailable,
  UnavailableReason,
  ValidKey,
  Verdict,
} from './verdict.ts'
export { createKeyVerifier, type KeyVerifier } from './verifier.ts'
