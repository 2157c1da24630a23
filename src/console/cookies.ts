// The cookies of the console. Only the session cookie is worth stealing; script and other sites cannot read it.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { isLoopbackUrl } from '../core/upstream.ts'
import { SESSION_LIMIT_MS } from '../service/console-sessions.ts'
import type { ConsoleContext } from './console-env.ts'

const SESSION = 'keyward'
const MESSAGE = 'keyward-message'

export const readSessionToken = (c: ConsoleContext): string | undefined => getCookie(c, fullNameOf(c, SESSION))

export const keepSessionToken = (c: ConsoleContext, token: string): void =>
  setCookie(c, fullNameOf(c, SESSION), token, { ...attributesOf(c), maxAge: SESSION_LIMIT_MS / 1000 })

export const dropSessionToken = (c: ConsoleContext): void =>
  void deleteCookie(c, fullNameOf(c, SESSION), attributesOf(c))

/** Has the message shown once, on the next page. */
export const leaveMessage = (c: ConsoleContext, text: string): void =>
  setCookie(c, fullNameOf(c, MESSAGE), text, { ...attributesOf(c), maxAge: MESSAGE_SECONDS })

export function takeMessage(c: ConsoleContext): string | null {
  const text = getCookie(c, fullNameOf(c, MESSAGE))
  if (text === undefined) return null
  deleteCookie(c, fullNameOf(c, MESSAGE), attributesOf(c))
  return text.slice(0, MAX_MESSAGE_LENGTH)
}

/**
 * Over http on the machine itself, where nobody listens in between, cookies are not Secure: Safari keeps no Secure cookie
 * there. Everywhere else they are, and have the prefix with which browsers refuse them unless they are Secure, have no Domain,
 * and have the path "/" (RFC 6265bis §4.1.3.2).
 */
const isSecure = (c: ConsoleContext): boolean => {
  const url = new URL(c.req.url)
  return url.protocol !== 'http:' || !isLoopbackUrl(url)
}

const fullNameOf = (c: ConsoleContext, name: string): string => (isSecure(c) ? `__Host-${name}` : name)

const attributesOf = (c: ConsoleContext) =>
  ({ path: '/', secure: isSecure(c), httpOnly: true, sameSite: 'Strict' }) as const

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
export type Preferences = { theme: Theme; sidebar: 'open' | 'collapsed' }

export function readPreferences(c: ConsoleContext): Preferences {
  const theme = THEMES.find((known) => known === getCookie(c, 'keyward-theme')) ?? 'system'
  return { theme, sidebar: getCookie(c, 'keyward-sidebar') === 'collapsed' ? 'collapsed' : 'open' }
}

export function keepPreference(c: ConsoleContext, name: keyof Preferences, value: string): void {
  const lasting = { path: '/console', sameSite: 'Strict', httpOnly: true, maxAge: PREFERENCE_SECONDS } as const
  setCookie(c, `keyward-${name}`, value, lasting)
}

const MESSAGE_SECONDS = 60
const MAX_MESSAGE_LENGTH = 500
/** Browsers keep no cookie longer than 400 days. */
const PREFERENCE_SECONDS = 400 * 86_400
