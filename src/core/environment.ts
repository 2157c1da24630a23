// Projects and their environments, with the limits of what an environment may set.
import type { ScopeCatalogue } from './scope.ts'

export type Project = { id: string; name: string; createdAt: number; createdBy: string; revision: number }

/**
 * `maxStalenessMs`: how old an answer about a key of the environment may be. `onUnknown`: what happens while the ledger
 * does not answer; with `graceSeconds`, the keys go on working for that long.
 */
export type Bounds = { maxStalenessMs: number; onUnknown: 'deny' | { graceSeconds: number } }

export type Environment = {
  id: string
  projectId: string
  name: string
  tag: string
  scopes: ScopeCatalogue
  bounds: Bounds
  /** Origins of the web pages that may send its keys to the front door; none by default. */
  browserOrigins: string[]
  /** For whom its access tokens may be meant besides Keyward's own front door; nobody by default. */
  audiences: string[]
  createdAt: number
  createdBy: string
  revision: number
}

export const MAX_STALENESS_MS = 60_000
export const MAX_GRACE_SECONDS = 900
export const DEFAULT_BOUNDS: Bounds = { maxStalenessMs: 5000, onUnknown: 'deny' }
export const MAX_BROWSER_ORIGINS = 50
export const MAX_AUDIENCES = 20
export const MAX_AUDIENCE_LENGTH = 200

/**
 * What is wrong with an audience; null when nothing is. It is an absolute URI (RFC 8707 §2), or any name without spaces:
 * RFC 7519 §4.1.3 leaves it to who issues and who verifies. Quotation marks and backslashes would make a token longer.
 */
export function findAudienceFault(text: string): string | null {
  if (text.length > MAX_AUDIENCE_LENGTH) return `must be at most ${MAX_AUDIENCE_LENGTH} characters`
  if (!AUDIENCE.test(text))
    return 'must be an absolute URI or a name, in visible ASCII without spaces, quotation marks and backslashes'
  return URL.canParse(text) && text.includes('#') ? 'must not have a fragment' : null
}

const AUDIENCE = /^[!#-[\]-~]+$/

/** `https://`, a host name of 253 characters and a port. */
const MAX_ORIGIN_LENGTH = 267

/** What is wrong with an origin, which must be written as browsers send it; null when nothing is. */
export function findOriginFault(text: string): string | null {
  if (text.length > MAX_ORIGIN_LENGTH) return `must be at most ${MAX_ORIGIN_LENGTH} characters`
  if (!URL.canParse(text)) return 'must be an origin such as https://app.example.com'
  const { protocol, origin, hostname } = new URL(text)
  const isLocal = protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]')
  if (protocol !== 'https:' && !isLocal) return 'must be https, or http on localhost'
  if (hostname.includes('*')) return 'must be a single origin, without wildcards'
  return origin === text ? null : `must be written as browsers send it: ${origin}`
}
