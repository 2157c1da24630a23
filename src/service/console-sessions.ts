// Sessions of the console: a management key is entered once, and from then on a random token stands for it. A session ends
// with the key that opened it: the key is verified on each request, and the root key is part of the session's hash.
import { Buffer } from 'node:buffer'
import type { Actor } from '../core/actor.ts'
import { ROOT } from '../core/actor.ts'
import { isEqualInConstantTime, sha256Hex } from '../core/hash.ts'
import { Problem } from '../core/problem.ts'
import * as store from '../store/console-sessions.ts'
import type { Deps } from './deps.ts'
import { authenticate, findActorByHash } from './management-keys.ts'

/** A session that was not used for so long ends. */
export const IDLE_LIMIT_MS = 30 * 60_000
/** After so long the key must be entered again, however busy the session is. */
export const SESSION_LIMIT_MS = 12 * 3_600_000
/** `lastSeenAt` may be older than the last request by this much. */
const SEEN_GRAIN_MS = 60_000
const TOKEN_BYTES = 32
/** Hexadecimal characters: enough that guessing one is more work than what it would lead to. */
const TAG_LENGTH = 16

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
      'A management key with the role verifier can only verify keys. Sign in with one that has the role member or admin.',
    )
  }
  const random = Buffer.from(deps.random(TOKEN_BYTES)).toString('base64url')
  const token = `${random}.${await computeTag(deps, random)}`
  const managementKeyId = actor.type === 'root' ? null : actor.id
  await store.insertSession(deps.db, { hash: await hashSession(deps, token), managementKeyId, at: deps.clock() })
  return { actor, token }
}

/**
 * The session a token stands for; null when it never was one or has ended.
 * @throws {Problem} unavailable when that cannot be known
 */
export async function findSession(deps: Deps, token: string): Promise<Session | null> {
  if (!(await isTagged(deps, token))) return null
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

/** Ends the session at the server, so that its token is refused from now on. */
export async function signOut(deps: Deps, token: string): Promise<void> {
  await store.deleteSession(deps.db, await hashSession(deps, token))
}

/** Removes sessions that have ended. */
export async function deleteEndedSessions({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<void> {
  await store.deleteEndedSessions(db, clock() - IDLE_LIMIT_MS, clock() - SESSION_LIMIT_MS)
}

/** Whether the session sends this form for the first time. A form that was sent before must not take effect again. */
export const claimForm = ({ db }: Deps, session: Session, formId: string): Promise<boolean> =>
  store.claimForm(db, session.hash, formId)

/** Remembers the page of what a form created, to show it when the form is sent again. */
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

/** A token whose tag is wrong was made up, and costs no I/O. */
async function isTagged(deps: Deps, token: string): Promise<boolean> {
  const [random = '', tag = ''] = token.split('.')
  return isEqualInConstantTime(tag, await computeTag(deps, random))
}

const computeTag = async (deps: Deps, random: string): Promise<string> =>
  (await hashSession(deps, `tag of ${random}`)).slice(0, TAG_LENGTH)

/** The root key is part of it, so that changing the root key ends every session. */
const hashSession = async ({ config }: Deps, token: string): Promise<string> =>
  sha256Hex(`${token}.${await sha256Hex(config.rootKey)}`)
