// Who does something through Keyward's own API, and what each role may do.
import { Problem } from './problem.ts'

export const ROLES = ['admin', 'member', 'verifier'] as const
export type Role = (typeof ROLES)[number]

/**
 * The root key is an admin that cannot be lost. A client acts with an SDK credential, and on nothing but its own tokens.
 */
export type Actor =
  | { type: 'root'; id: 'root'; name: 'root key'; role: 'admin'; environmentId: null }
  | { type: 'management_key'; id: string; name: string; role: Role; environmentId: string | null }
  | { type: 'client'; id: string; name: string; role: 'client'; environmentId: string }
  /** Another Worker, by its service binding: the binding itself is the right to ask. */
  | { type: 'service_binding'; id: 'service_binding'; name: string; role: 'verifier'; environmentId: string | null }
  /** Whoever presents a token and asks about nothing but that token: at the front door, or at /v1/whoami. */
  | { type: 'bearer'; id: 'bearer'; name: string; role: 'bearer'; environmentId: string | null }

export const ROOT: Actor = { type: 'root', id: 'root', name: 'root key', role: 'admin', environmentId: null }
export const BEARER = { type: 'bearer', id: 'bearer', name: 'bearer', role: 'bearer', environmentId: null } as const

/** An actor and the request it came with, as audit events keep them. */
export type Caller = { actor: Actor; requestId: string; address: string | null }

export type ManagementKey = {
  id: string
  name: string
  prefix: string
  role: Role
  /** Only for verifiers: the one environment whose keys it may ask about. */
  environmentId: string | null
  createdAt: number
  createdBy: string
  lastUsedAt: number | null
  revokedAt: number | null
}

/** Groups of operations, named for what they open. */
export type Right =
  | 'projects'
  | 'environments.read'
  | 'environments.write'
  | 'keys'
  | 'front_door'
  | 'verify'
  | 'end_tokens'
  | 'audit'
  | 'management_keys'

/** A member works inside environments: it reads them and changes what is below them, not the environments. */
const RIGHTS: Record<Actor['role'], readonly Right[]> = {
  admin: [
    'projects',
    'environments.read',
    'environments.write',
    'keys',
    'front_door',
    'verify',
    'end_tokens',
    'audit',
    'management_keys',
  ],
  member: ['environments.read', 'keys', 'front_door', 'verify', 'end_tokens'],
  verifier: ['verify'],
  client: ['verify', 'end_tokens'],
  bearer: ['verify'],
}

/** What an operation is about, as far as it is known before anything is read. */
export type Resource = { environmentId: string | null; keyId?: string }

/** All of this Keyward: an actor that is bound to one environment has no right to that. */
const EVERYTHING: Resource = { environmentId: null }

export const mayUse = (actor: Actor, right: Right, resource: Resource = EVERYTHING): boolean =>
  RIGHTS[actor.role].includes(right) && isWithinReach(actor, resource)

function isWithinReach(actor: Actor, { environmentId, keyId }: Resource): boolean {
  if (actor.environmentId !== null && actor.environmentId !== environmentId) return false
  return actor.type !== 'client' || keyId === undefined || keyId === actor.id
}

/**
 * The first line of every service.
 * @throws {Problem} forbidden when the actor's role does not include the right, or the resource is out of its reach
 */
export function authorize(actor: Actor, right: Right, resource: Resource = EVERYTHING): void {
  if (mayUse(actor, right, resource)) return
  throw new Problem('forbidden', `The role "${actor.role}" does not include this operation.`)
}
