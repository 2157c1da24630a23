// Sessions of the console: a management key is shown once at the door, and from then on a random token stands for it.
// A session never outlives what opened it: the management key is asked about each time, and the root key is in the hash.
import { Buffer } from 'node:buffer'
import type { Actor } from '../core/actor.ts'
import { ROOT } from '../core/actor.ts'
import { sha256Hex } from '../core/hash.ts'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import * as store from '../store/console-sessions.ts'
import { authenticate, findActorByHash } from './management-keys.ts'

/** Nothing was asked for so long: whoever sat there has gone. */
export const IDLE_LIMIT_MS = 30 * 60_000
/** However busy, the key is to be shown again after so long. */
export const SESSION_LIMIT_MS = 12 * 3_600_000
/** `lastSeenAt` is true to within this. */
const SEEN_GRAIN_MS = 60_000
const TOKEN_BYTES = 32

export type Session = { hash: string; actor: Actor }

/**
 * Opens a session for the holder of a management key.
 * @throws {Problem} unauthenticated for a key that is not live, forbidden for a verifier's
 */
export async function signIn(deps: Deps, managementKey: string): Promise<{ actor: Actor; token: string }> {
  const actor = await authenticate(deps, managementKey)
  if (actor.role === 'verifier') {
    throw new Problem(
      'forbidden',
      'This is the key of a verifier: it may ask whether keys are valid, and has nothing to do in the console.',
    )
  }
  const token = Buffer.from(deps.random(TOKEN_BYTES)).toString('base64url')
  const managementKeyId = actor.type === 'root' ? null : actor.id
  await store.insertSession(deps.db, { hash: await hashSession(deps, token), managementKeyId, at: deps.clock() })
  return { actor, token }
}

/**
 * The session a token stands for; null when it never was one or has ended.
 * @throws {Problem} unavailable when that cannot be known
 */
export async function findSession(deps: Deps, token: string): Promise<Session | null> {
  const hash = await hashSession(deps, token)
  const session = await store.findSession(deps.db, hash)
  const now = deps.clock()
  if (!session || hasEnded(session, now)) return null
  const actor = await findActor(deps, session)
  if (!actor) return null
  const unlessSince = now - SEEN_GRAIN_MS
  if (session.lastSeenAt < unlessSince) deps.background(store.touchSession(deps.db, hash, now, unlessSince))
  return { hash, actor }
}

/** Ends the session at the server: its token opens nothing from here on. */
export async function signOut(deps: Deps, token: string): Promise<void> {
  await store.deleteSession(deps.db, await hashSession(deps, token))
}

/** Removes what has ended. */
export async function deleteEndedSessions({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  await store.deleteEndedSessions(db, clock() - IDLE_LIMIT_MS, clock() - SESSION_LIMIT_MS)
}

/** Whether the session sends this form for the first time; one that was sent before must have no effect again. */
export const claimForm = ({ db }: Deps, session: Session, formId: string): Promise<boolean> =>
  store.claimForm(db, session.hash, formId)

/** Remembers where what a form made is to be seen, for whoever sends the form again. */
export const noteOutcome = ({ db }: Deps, session: Session, formId: string, path: string): Promise<void> =>
  store.noteOutcome(db, session.hash, formId, path)

export const findOutcome = ({ db }: Deps, session: Session, formId: string): Promise<string | null> =>
  store.findOutcome(db, session.hash, formId)

const hasEnded = ({ createdAt, lastSeenAt }: store.ConsoleSession, now: number) =>
  now - lastSeenAt >= IDLE_LIMIT_MS || now - createdAt >= SESSION_LIMIT_MS

/** Null when the management key was revoked, by D1 or by the ledger. */
async function findActor(deps: Deps, { managementKey }: store.ConsoleSession): Promise<Actor | null> {
  if (managementKey === null) return ROOT
  if (managementKey.revokedAt !== null) return null
  const { hash, prefix } = managementKey
  return findActorByHash(deps, hash, prefix)
}

/** The root key is part of it: whoever changes the root key has ended every session. */
const hashSession = async ({ config }: Deps, token: string): Promise<string> =>
  sha256Hex(`${token}.${await sha256Hex(config.rootKey)}`)
