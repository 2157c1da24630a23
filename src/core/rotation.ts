// Rotation: a new secret for the same key, and how long the old one goes on working.
import { type ApiKey, earlierOf, type Secret, statusOf } from './api-key.ts'

export type RotationPlan =
  | { possible: true; previous: Secret & { expiresAt: number }; ended: Secret[] }
  | { possible: false; status: 'disabled' | 'expired' | 'revoked' }

/**
 * What a rotation at `now` does to the secrets a key has.
 * At most two live secrets: the newest lives on for the overlap, any older one ends now.
 * No life is lengthened: an earlier end, of the secret or of the key, stays. Nothing dead is revived.
 */
export function planRotation(key: ApiKey, overlapSeconds: number, now: number): RotationPlan {
  const status = statusOf(key, now)
  if (status !== 'active') return { possible: false, status }

  const [newest, ...older] = key.secrets
  if (newest === undefined) throw new Error(`key ${key.id} has no secret`)
  const ownEnd = earlierOf(newest.expiresAt, key.expiresAt)
  const expiresAt = Math.min(now + overlapSeconds * 1000, ownEnd ?? Number.MAX_SAFE_INTEGER)
  return { possible: true, previous: { ...newest, expiresAt }, ended: older }
}
