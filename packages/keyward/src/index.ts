// keyward and keyward/client: verify keys and manage them, from a Worker, from Node or wherever there is fetch.
export {
  type FetchFunction,
  type KeyVerifierBinding,
  type KeyVerifierOptions,
  KeywardConfigError,
} from './configuration.ts'
export { etagOf } from './entity-tags.ts'
export { type FieldError, KeywardError } from './keyward-error.ts'
export {
  type ChangeOptions,
  createKeyward,
  type Keyward,
  type KeywardOptions,
  type MakeOptions,
  type RevokeOptions,
} from './management.ts'
export type { components } from './openapi.ts'
export type { Page, Pages } from './pages.ts'
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
