// The options of a guard, checked when it is created. A mistake in them must never make the guard weaker.
import {
  type FetchFunction,
  hasVerify,
  type KeyVerifierBinding,
  KeywardConfigError,
  readUrl,
  refuseUnknownOptions,
} from './configuration.ts'
import { DEFAULT_PROBLEMS_URL } from './refusal.ts'
import { createKeyVerifier, type KeyVerifier } from './verifier.ts'

/** A value, or a function that finds it in what the framework knows of the request. */
export type FromContext<Value, Context> = Value | ((context: Context) => Value)

export type GuardOptions<Context> = {
  /** The key must hold all of them. */
  scopes?: readonly string[]
  /** Keys of any other environment are refused. */
  environmentId?: string
  /** How old an answer from memory may be; it can only tighten the environment's own bound. */
  maxStalenessMs?: number
  /** The realm of the challenges; "keyward" by default. */
  realm?: string
  /** Where problem codes are explained, such as `https://keys.example.com/problems`: by default on the Keyward at `url`. */
  problemsUrl?: string
} & VerifierSource<Context>

/** Where verdicts come from. */
type VerifierSource<Context> =
  | { verifier: FromContext<KeyVerifier, Context>; binding?: never; url?: never; managementKey?: never }
  | {
      binding?: FromContext<KeyVerifierBinding, Context>
      timeoutMs?: number
      verifier?: never
      url?: never
      managementKey?: never
    }
  | {
      url: FromContext<string, Context>
      managementKey: FromContext<string, Context>
      timeoutMs?: number
      fetch?: FetchFunction
      verifier?: never
      binding?: never
    }

/** @throws {KeywardConfigError} for an option that is unknown, undefined or of the wrong form */
export function checkOptions<Context>(options: GuardOptions<Context>): void {
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
  if (options.problemsUrl !== undefined) readUrl(options.problemsUrl, 'problemsUrl')
  if (!QUOTABLE.test(realm)) throw new KeywardConfigError('realm must be printable ASCII without quote or backslash')
}

/**
 * The guard's verifier. Options given as values are checked now; those given as functions, at each request.
 * `defaultBinding` is used when the options name no source of verdicts.
 * @throws {KeywardConfigError} for invalid options
 */
export function verifierOf<Context>(
  options: GuardOptions<Context>,
  defaultBinding: ((context: Context) => KeyVerifierBinding) | undefined,
): FromContext<KeyVerifier, Context> {
  const { verifier, binding = defaultBinding, url, managementKey, ...rest } = options
  if (verifier !== undefined) return mapOption(verifier, readVerifier)

  const timeout = 'timeoutMs' in rest ? { timeoutMs: rest.timeoutMs } : {}
  if (url === undefined) {
    if (binding === undefined) throw new KeywardConfigError('give url and managementKey, a binding or a verifier')
    return mapOption(binding, (found) => createKeyVerifier({ binding: found, ...timeout }))
  }
  const fetch = 'fetch' in rest ? { fetch: rest.fetch } : {}
  return mapOption(combineOptions(url, managementKey), ([address, key]) =>
    createKeyVerifier({ url: address, managementKey: key, ...timeout, ...fetch }),
  )
}

/** What the `type` of the guard's problems begins with, for each request. The function never throws. */
export function problemsUrlOf<Context>(options: GuardOptions<Context>): (context: Context) => string {
  const { problemsUrl, url } = options
  if (problemsUrl !== undefined) {
    const given = `${problemsUrl.replace(/\/+$/, '')}/`
    return () => given
  }
  return (context) => {
    try {
      return url === undefined ? DEFAULT_PROBLEMS_URL : `${readUrl(resolveOption(url, context))}/problems/`
    } catch {
      return DEFAULT_PROBLEMS_URL
    }
  }
}

export const resolveOption = <Value, Context>(given: FromContext<Value, Context>, context: Context): Value =>
  isOfContext(given) ? given(context) : given

function mapOption<Given, Made, Context>(
  given: FromContext<Given, Context>,
  make: (value: Given) => Made,
): FromContext<Made, Context> {
  return isOfContext(given) ? (context) => make(given(context)) : make(given)
}

function combineOptions<A, B, Context>(
  a: FromContext<A, Context>,
  b: FromContext<B, Context>,
): FromContext<[A, B], Context> {
  return isOfContext(a) || isOfContext(b) ? (context) => [resolveOption(a, context), resolveOption(b, context)] : [a, b]
}

/** Whether it is a function of the context. A binding or verifier may be callable too, but it has a `verify`. */
function isOfContext<Value, Context>(given: FromContext<Value, Context>): given is (context: Context) => Value {
  return typeof given === 'function' && !hasVerify(given)
}

function readVerifier(verifier: KeyVerifier): KeyVerifier {
  if (hasVerify(verifier)) return verifier
  throw new KeywardConfigError('verifier has no verify(): create one with createKeyVerifier')
}

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
  'problemsUrl',
]
const MAX_STALENESS_MS = 60_000
/** The same as Keyward's own. It also keeps quotes out of the challenge. */
export const SCOPE_PATTERN = /^[a-z][a-z0-9._:/-]{0,63}$/
const QUOTABLE = /^[ !#-[\]-~]*$/
