// Projects and the environments they hold.
import type { ScopeCatalogue } from './scope.ts'

export type Project = { id: string; name: string; createdAt: number; createdBy: string; revision: number }

/** How old an answer about a key of this environment may be, and what to do when its age cannot be known. */
export type Bounds = { maxStalenessMs: number; onUnknown: 'deny' | { graceSeconds: number } }

export type Environment = {
  id: string
  projectId: string
  name: string
  tag: string
  scopes: ScopeCatalogue
  bounds: Bounds
  /** The web pages that may send its keys to the front door; by default none. */
  browserOrigins: string[]
  createdAt: number
  createdBy: string
  revision: number
}

export const MAX_STALENESS_MS = 60_000
export const MAX_GRACE_SECONDS = 900
export const DEFAULT_BOUNDS: Bounds = { maxStalenessMs: 5000, onUnknown: 'deny' }
export const MAX_BROWSER_ORIGINS = 50

/** What speaks against an origin, written as browsers write it; null when nothing does. */
export function findOriginFault(text: string): string | null {
  if (!URL.canParse(text)) return 'must be an origin such as https://app.example.com'
  const { protocol, origin, hostname } = new URL(text)
  const isLocal = protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]')
  if (protocol !== 'https:' && !isLocal) return 'must be https, or http on localhost'
  if (hostname.includes('*')) return 'must be one origin: there are no wildcards'
  return origin === text ? null : `must be written as browsers do: ${origin}`
}
