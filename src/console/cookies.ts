// The console's cookies. The session's is for our server alone; the others hold nothing worth having.
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { SESSION_LIMIT_MS } from '../service/console-sessions.ts'
import type { ConsoleContext } from './console-env.ts'

/** The prefix makes browsers refuse it without Secure, with a Domain, or with another Path. */
const SESSION = '__Host-keyward'
const MESSAGE = '__Host-keyward-message'
const OURS = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const

export const sessionToken = (c: ConsoleContext): string | undefined => getCookie(c, SESSION)

export const keepSession = (c: ConsoleContext, token: string): void =>
  setCookie(c, SESSION, token, { ...OURS, maxAge: SESSION_LIMIT_MS / 1000 })

export const dropSession = (c: ConsoleContext): void => void deleteCookie(c, SESSION, OURS)

/** Something to be said once, on the page that is shown next. */
export const leaveMessage = (c: ConsoleContext, text: string): void =>
  setCookie(c, MESSAGE, text, { ...OURS, maxAge: MESSAGE_SECONDS })

export function takeMessage(c: ConsoleContext): string | null {
  const text = getCookie(c, MESSAGE)
  if (text === undefined) return null
  deleteCookie(c, MESSAGE, OURS)
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
const PREFERENCE_SECONDS = 400 * 86_400
