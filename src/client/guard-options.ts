// The options of a guard, checked when it is created. A mistake in them must never make the guard weaker.
import type { Context } from 'hono'
import {
  type FetchFunction,
  hasVerify,
  type KeyVerifierBinding,
  KeywardConfigError,
  refuseUnknownOptions,
} from './configuration.ts'
import { createKeyVerifier, type KeyVerifier } from './verifier.ts'

/** A value, or a function that finds it in the request's context: a Worker's bindings and secrets are in `c.env`. */
export type FromContext<Value> = Value | ((c: Context) => Value)

export type RequireKeyOptions = {
  /** The key must hold all of them. */
  scopes?: readonly string[]
  /** Keys of any other environment are refused. */
  environmentId?: string
  /** How old an answer from memory may be; it can only tighten the environment's own bound. */
  maxStalenessMs?: number
  /** The realm of the challenges; "keyward" by default. */
  realm?: string
} & VerifierSource

/** Where verdicts come from: by default the binding `c.env.KEYWARD`. */
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
    throw new KeywardConfigError('give only one of verifier, binding and url')
  }
  if ('url' in options !== 'managementKey' in options) {
    throw new KeywardConfigError('url and managementKey must be given together')
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

/** The guard's verifier. Options given as values are checked now; those given as functions, at each request. */
export function verifierOf(options: RequireKeyOptions): FromContext<KeyVerifier> {
  const { verifier, binding, url, managementKey, ...rest } = options
  if (verifier !== undefined) return mapOption(verifier, readVerifier)

  const timeout = 'timeoutMs' in rest ? { timeoutMs: rest.timeoutMs } : {}
  if (url === undefined) {
    return mapOption(binding ?? DEFAULT_BINDING, (found) => createKeyVerifier({ binding: found, ...timeout }))
  }
  const fetch = 'fetch' in rest ? { fetch: rest.fetch } : {}
  return mapOption(combineOptions(url, managementKey), ([address, key]) =>
    createKeyVerifier({ url: address, managementKey: key, ...timeout, ...fetch }),
  )
}

export const resolveOption = <Value>(given: FromContext<Value>, c: Context): Value =>
  isOfContext(given) ? given(c) : given

function mapOption<Given, Made>(given: FromContext<Given>, make: (value: Given) => Made): FromContext<Made> {
  return isOfContext(given) ? (c) => make(given(c)) : make(given)
}

function combineOptions<A, B>(a: FromContext<A>, b: FromContext<B>): FromContext<[A, B]> {
  return isOfContext(a) || isOfContext(b) ? (c) => [resolveOption(a, c), resolveOption(b, c)] : [a, b]
}

/** Whether it is a function of the context. A binding or verifier may be callable too, but it has a `verify`. */
function isOfContext<Value>(given: FromContext<Value>): given is (c: Context) => Value {
  return typeof given === 'function' && !hasVerify(given)
}

function readVerifier(verifier: KeyVerifier): KeyVerifier {
  if (hasVerify(verifier)) return verifier
  throw new KeywardConfigError('verifier has no verify(): create one with createKeyVerifier')
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
/** The same as Keyward's own. It also keeps quotes out of the challenge. */
export const SCOPE_PATTERN = /^[a-z][a-z0-9._:/-]{0,63}$/
const QUOTABLE = /^[ !#-[\]-~]*$/
