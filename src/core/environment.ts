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
  createdAt: number
  createdBy: string
  revision: number
}

export const MAX_STALENESS_MS = 60_000
export const MAX_GRACE_SECONDS = 900
export const DEFAULT_BOUNDS: Bounds = { maxStalenessMs: 5000, onUnknown: 'deny' }
