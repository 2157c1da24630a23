// The cookies of the console. Only the session cookie is worth stealing; script and other sites cannot read it.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { SESSION_LIMIT_MS } from '../service/console-sessions.ts'
import type { ConsoleContext } from './console-env.ts'

/** Browsers refuse a cookie with this prefix unless it is Secure, has no Domain, and has the path "/" (RFC 6265bis §4.1.3.2). */
const SESSION = '__Host-keyward'
const MESSAGE = '__Host-keyward-message'
const HOST_ONLY = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const

export const readSessionToken = (c: ConsoleContext): string | undefined => getCookie(c, SESSION)

export const keepSessionToken = (c: ConsoleContext, token: string): void =>
  setCookie(c, SESSION, token, { ...HOST_ONLY, maxAge: SESSION_LIMIT_MS / 1000 })

export const dropSessionToken = (c: ConsoleContext): void => void deleteCookie(c, SESSION, HOST_ONLY)

/** Has the message shown once, on the next page. */
export const leaveMessage = (c: ConsoleContext, text: string): void =>
  setCookie(c, MESSAGE, text, { ...HOST_ONLY, maxAge: MESSAGE_SECONDS })

export function takeMessage(c: ConsoleContext): string | null {
  const text = getCookie(c, MESSAGE)
  if (text === undefined) return null
  deleteCookie(c, MESSAGE, HOST_ONLY)
  return text.slice(0, MAX_MESSAGE_LENGTH)
}

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
