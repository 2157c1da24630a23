// The actors of Keyward's own API, and the rights of each role. `mayUse` decides, `authorize` throws.
import { Problem } from './problem.ts'

export const ROLES = ['admin', 'member', 'verifier'] as const
export type Role = (typeof ROLES)[number]

/**
 * The root key is an admin that no one can revoke: it is a secret of the Worker and not a record. A client is an SDK
 * credential: it may verify tokens of its environment and end its own.
 */
export type Actor =
  | { type: 'root'; id: 'root'; name: 'root key'; role: 'admin'; environmentId: null }
  | { type: 'management_key'; id: string; name: string; role: Role; environmentId: string | null }
  | { type: 'client'; id: string; name: string; role: 'client'; environmentId: string }
  /** Another Worker. Its service binding is its authorization, so it sends no key. */
  | { type: 'service_binding'; id: 'service_binding'; name: string; role: 'verifier'; environmentId: string | null }
  /** The holder of a token, who verifies only that token: at the front door, or at /v1/whoami. */
  | { type: 'bearer'; id: 'bearer'; name: string; role: 'bearer'; environmentId: string | null }

export const ROOT: Actor = { type: 'root', id: 'root', name: 'root key', role: 'admin', environmentId: null }
/** The actor of a request whose own token is what is verified. */
export const BEARER = { type: 'bearer', id: 'bearer', name: 'bearer', role: 'bearer', environmentId: null } as const

/** An actor, and what audit events keep of its request. */
export type Caller = { actor: Actor; requestId: string; address: string | null }

export type ManagementKey = {
  id: string
  name: string
  prefix: string
  role: Role
  /** Only for verifiers: the one environment whose keys it may verify. */
  environmentId: string | null
  createdAt: number
  createdBy: string
  lastUsedAt: number | null
  revokedAt: number | null
}

/** Each right covers a group of operations. */
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

/** A member may read environments and change what they contain, such as keys and routes, but not the environments. */
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

/** What an operation acts on, as far as the request says: rights are checked before anything is read. */
export type Resource = { environmentId: string | null; keyId?: string }

/** The whole installation. An actor that is bound to one environment has no right to it. */
const EVERYTHING: Resource = { environmentId: null }

export const mayUse = (actor: Actor, right: Right, resource: Resource = EVERYTHING): boolean =>
  RIGHTS[actor.role].includes(right) && isWithinReach(actor, resource)

function isWithinReach(actor: Actor, { environmentId, keyId }: Resource): boolean {
  if (actor.environmentId !== null && actor.environmentId !== environmentId) return false
  return actor.type !== 'client' || keyId === undefined || keyId === actor.id
}

/**
 * Throws unless the actor has the right. A service that takes an actor calls this before anything else.
 * @throws {Problem} forbidden when the actor's role does not include the right, or the resource is out of its reach
 */
export function authorize(actor: Actor, right: Right, resource: Resource = EVERYTHING): void {
  if (mayUse(actor, right, resource)) return
  throw new Problem('forbidden', `Your role "${actor.role}" does not include this operation, or not for this resource.`)
}
