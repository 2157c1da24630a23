// Who does something through Keyward's own API, and what each role may do.

export const ROLES = ['admin', 'member', 'verifier'] as const
export type Role = (typeof ROLES)[number]

/**
 * The root key is an admin that cannot be lost. A client acts with an SDK credential, and on nothing but its own tokens.
 */
export type Actor =
  | { type: 'root'; id: 'root'; name: 'root key'; role: 'admin'; environmentId: null }
  | { type: 'management_key'; id: string; name: string; role: Role; environmentId: string | null }
  | { type: 'client'; id: string; name: string; role: 'client'; environmentId: string }

export const ROOT: Actor = { type: 'root', id: 'root', name: 'root key', role: 'admin', environmentId: null }

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
    'audit',
    'management_keys',
  ],
  member: ['environments.read', 'keys', 'front_door', 'verify'],
  verifier: ['verify'],
  client: [],
}

export const mayUse = (actor: Actor, right: Right): boolean => RIGHTS[actor.role].includes(right)
