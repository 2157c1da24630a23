// Rotation: a new secret for the same key, and how long the previous one goes on working.
import { type ApiKey, earlierOf, type Secret, statusOf } from './api-key.ts'

export type RotationPlan =
  | { possible: true; previous: Secret & { expiresAt: number } }
  | { possible: false; status: 'disabled' | 'expired' | 'revoked' }

/**
 * What a rotation at `now` does to the secrets a key has.
 * The newest one works until the overlap ends, and any older one ends now, so at most two are live with the new one.
 * The overlap never outlasts an earlier expiry of the secret or the key. Only an active key can be rotated.
 */
export function planRotation(key: ApiKey, overlapSeconds: number, now: number): RotationPlan {
  const status = statusOf(key, now)
  if (status !== 'active') return { possible: false, status }

  const [newest] = key.secrets
  if (newest === undefined) throw new Error(`key ${key.id} has no secret`)
  const ownEnd = earlierOf(newest.expiresAt, key.expiresAt)
  const expiresAt = Math.min(now + overlapSeconds * 1000, ownEnd ?? Number.MAX_SAFE_INTEGER)
  return { possible: true, previous: { ...newest, expiresAt } }
}
