// The options of a verifier, checked when it is created, so that a mistake shows at start and not at the first request.

/** The entrypoint `KeyVerifier` of a Keyward Worker, as a service binding. It needs no key: it is the authorization. */
export type KeyVerifierBinding = {
  /** Method syntax, so that the more precise type that `wrangler types` may generate is accepted too. */
  verify(question: { token: string }): Promise<unknown>
}

export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>

export type KeyVerifierOptions =
  | { binding: KeyVerifierBinding; url?: never; managementKey?: never; fetch?: never; timeoutMs?: number }
  | { url: string; managementKey: string; fetch?: FetchFunction; binding?: never; timeoutMs?: number }

/** Thrown for invalid options. The message names the option and never its value. */
export class KeywardConfigError extends Error {
  constructor(message: string) {
    super(`keyward: ${message}`)
    this.name = 'KeywardConfigError'
  }
}

/** @throws {KeywardConfigError} for a name that is not in `known`: a mistyped `scopes` would let every key through */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new KeywardConfigError(`unknown option "${unknown}"`)
}

/** The binding, if it has a `verify`. A missing binding, or one to the wrong entrypoint, fails here. */
export function readBinding(binding: unknown): KeyVerifierBinding {
  if (hasVerify(binding)) return binding
  throw new KeywardConfigError(
    'binding has no verify(): bind the service "keyward" with entrypoint = "KeyVerifier" in wrangler.toml',
  )
}

export function hasVerify(value: unknown): value is KeyVerifierBinding {
  const hasMembers = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return hasMembers && 'verify' in value && typeof value.verify === 'function'
}

/**
 * The address without a slash at its end. Plain http only on loopback, because requests to it carry the management key.
 * @throws {KeywardConfigError} for what is no such address
 */
export function readUrl(url: unknown, option = 'url'): string {
  const parsed = typeof url === 'string' ? parseUrl(url) : null
  if (parsed === null) throw new KeywardConfigError(`${option} must be the address of a Keyward Worker`)
  const { protocol, hostname, username, password, search, hash } = parsed
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.test(hostname))) {
    throw new KeywardConfigError(`${option} must be https (http only on loopback)`)
  }
  if (`${username}${password}${search}${hash}` !== '') {
    throw new KeywardConfigError(`${option} must have no user, password, query or fragment`)
  }
  return parsed.href.replace(/\/+$/, '')
}

export function readManagementKey(key: unknown): string {
  if (typeof key === 'string' && SENDABLE.test(key)) return key
  throw new KeywardConfigError('managementKey must be a management key: visible ASCII, no space, no comma')
}

export function readTimeout(timeoutMs: unknown): number {
  const sensible = typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS
  if (!sensible) throw new KeywardConfigError(`timeoutMs must be above 0 and at most ${MAX_TIMEOUT_MS}`)
  return timeoutMs
}

function parseUrl(url: string): URL | null {
  try {
    return new URL(url)
  } catch {
    return null
  }
}

const MAX_TIMEOUT_MS = 60_000
/** Loopback hosts as the URL parser writes them: it turns other spellings of an address into these. */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
/** What can be sent as one token in an Authorization header. */
const SENDABLE = /^[!-+\--~]+$/
