// What a guard is made from, checked when it is made: nothing here may leave it looser than it reads.
import type { Context } from 'hono'
import {
  type FetchFunction,
  isVerifying,
  type KeyVerifierBinding,
  KeywardConfigError,
  refuseUnknownOptions,
} from './configuration.ts'
import { createKeyVerifier, type KeyVerifier } from './verifier.ts'

/** A value, or how to find it in a request's context: the bindings and secrets of a Worker are in `c.env`. */
export type FromContext<Value> = Value | ((c: Context) => Value)

export type RequireKeyOptions = {
  /** All of them must be held. */
  scopes?: readonly string[]
  /** Keys of any other environment do not exist. */
  environmentId?: string
  /** How old an answer from memory may be; it can only tighten the environment's own bound. */
  maxStalenessMs?: number
  /** Of the challenges; "keyward" when not given. */
  realm?: string
} & VerifierSource

/** Where verdicts come from. With none of these it is the binding `c.env.KEYWARD`. */
type VerifierSource =
  | { verifier: FromContext<KeyVerifier>; binding?: never; url?: never; managementKey?: never }
  | {
      binding?: FromContext<KeyVerifierBinding>
      timeoutMs?: number
      verifier?: never
      url?: never
      managementKey?: never
    }
  | {
      url: FromContext<string>
      managementKey: FromContext<string>
      timeoutMs?: number
      fetch?: FetchFunction
      verifier?: never
      binding?: never
    }

/** @throws {KeywardConfigError} for an option that is unknown, undefined or of the wrong form */
export function checkOptions(options: RequireKeyOptions): void {
  refuseUnknownOptions(options, OPTIONS)
  for (const [name, value] of Object.entries(options)) {
    // `environmentId: config.environmentId` with that left unset would open the guard to every environment.
    if (value === undefined) throw new KeywardConfigError(`${name} is undefined: leave it out or give it a value`)
  }
  if (['verifier', 'binding', 'url'].filter((way) => way in options).length > 1) {
    throw new KeywardConfigError('give one of verifier, binding and url')
  }
  if ('url' in options !== 'managementKey' in options) {
    throw new KeywardConfigError('url and managementKey go together')
  }
  const { scopes = [], environmentId = 'any', maxStalenessMs = 0, realm = '' } = options
  if (!Array.isArray(scopes) || !scopes.every((scope) => SCOPE_PATTERN.test(scope))) {
    throw new KeywardConfigError('scopes must be a list of scope names')
  }
  if (typeof environmentId !== 'string' || environmentId === '') {
    throw new KeywardConfigError('environmentId must be the id of an environment')
  }
  if (!Number.isInteger(maxStalenessMs) || maxStalenessMs < 0 || maxStalenessMs > MAX_STALENESS_MS) {
    throw new KeywardConfigError(`maxStalenessMs must be a whole number from 0 to ${MAX_STALENESS_MS}`)
  }
  if (!QUOTABLE.test(realm)) throw new KeywardConfigError('realm must be printable ASCII without quote or backslash')
}

/** The guard's verifier: made, and its options checked, now where they are values; else found at each request. */
export function verifierOf(options: RequireKeyOptions): FromContext<KeyVerifier> {
  const { verifier, binding, url, managementKey, ...rest } = options
  if (verifier !== undefined) return over(verifier, readVerifier)

  const timeout = 'timeoutMs' in rest ? { timeoutMs: rest.timeoutMs } : {}
  if (url === undefined) {
    return over(binding ?? DEFAULT_BINDING, (found) => createKeyVerifier({ binding: found, ...timeout }))
  }
  const fetch = 'fetch' in rest ? { fetch: rest.fetch } : {}
  return over(both(url, managementKey), ([address, key]) =>
    createKeyVerifier({ url: address, managementKey: key, ...timeout, ...fetch }),
  )
}

export const resolveOption = <Value>(given: FromContext<Value>, c: Context): Value =>
  isOfContext(given) ? given(c) : given

function over<Given, Made>(given: FromContext<Given>, make: (value: Given) => Made): FromContext<Made> {
  return isOfContext(given) ? (c) => make(given(c)) : make(given)
}

function both<A, B>(a: FromContext<A>, b: FromContext<B>): FromContext<[A, B]> {
  return isOfContext(a) || isOfContext(b) ? (c) => [resolveOption(a, c), resolveOption(b, c)] : [a, b]
}

/** A binding or verifier may itself be callable; having `verify` tells it from a function that finds one. */
function isOfContext<Value>(given: FromContext<Value>): given is (c: Context) => Value {
  return typeof given === 'function' && !isVerifying(given)
}

function readVerifier(verifier: KeyVerifier): KeyVerifier {
  if (isVerifying(verifier)) return verifier
  throw new KeywardConfigError('verifier has no verify(): make one with createKeyVerifier')
}

const DEFAULT_BINDING = (c: Context): KeyVerifierBinding => c.env?.KEYWARD

const OPTIONS = [
  'verifier',
  'binding',
  'url',
  'managementKey',
  'timeoutMs',
  'fetch',
  'scopes',
  'environmentId',
  'maxStalenessMs',
  'realm',
]
const MAX_STALENESS_MS = 60_000
/** As Keyward's own. It also keeps quotes out of the challenge. */
export const SCOPE_PATTERN = /^[a-z][a-z0-9._:/-]{0,63}$/
const QUOTABLE = /^[ !#-[\]-~]*$/
