// What a verifier is made from, checked when it is made: a mistake shows at start, not at the first request.

/** The entrypoint `KeyVerifier` of a Keyward Worker, as a service binding. The binding itself is the right to ask. */
export type KeyVerifierBinding = {
  /** Method syntax, so that the precise type that `wrangler types` may give is accepted too. */
  verify(question: { token: string }): Promise<unknown>
}

export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>

export type KeyVerifierOptions =
  | { binding: KeyVerifierBinding; url?: never; managementKey?: never; fetch?: never; timeoutMs?: number }
  | { url: string; managementKey: string; fetch?: FetchFunction; binding?: never; timeoutMs?: number }

/** The options do not make a verifier. The message names the option and never its value. */
export class KeywardConfigError extends Error {
  constructor(message: string) {
    super(`keyward: ${message}`)
    this.name = 'KeywardConfigError'
  }
}

/** @throws {KeywardConfigError} for a name that is not one of `known`: a mistyped guard would be no guard */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new KeywardConfigError(`there is no option "${unknown}"`)
}

/** Only `verify` is looked for: a binding to the default entrypoint, or none at all, is found here. */
export function readBinding(binding: unknown): KeyVerifierBinding {
  if (isVerifying(binding)) return binding
  throw new KeywardConfigError(
    'binding has no verify(): bind the service "keyward" with entrypoint = "KeyVerifier" in wrangler.toml',
  )
}

export function isVerifying(value: unknown): value is KeyVerifierBinding {
  const able = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return able && 'verify' in value && typeof value.verify === 'function'
}

/** Where verdicts are asked for. Plain http only to this machine: the management key travels in the request. */
export function readEndpoint(url: unknown): string {
  const parsed = typeof url === 'string' ? parseUrl(url) : null
  if (parsed === null) throw new KeywardConfigError('url must be the address of a Keyward Worker')
  const { protocol, hostname, username, password, search, hash } = parsed
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.test(hostname))) {
    throw new KeywardConfigError('url must be https (http only on loopback)')
  }
  if (`${username}${password}${search}${hash}` !== '') {
    throw new KeywardConfigError('url must have no user, password, query or fragment')
  }
  return `${parsed.href.replace(/\/+$/, '')}/v1/keys/verify`
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
/** As the URL parser writes them: it has already turned other spellings of an address into these. */
const LOOPBACK = /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/
/** What fits into an Authorization header as one token. */
const SENDABLE = /^[!-+\--~]+$/
