// The door: sign in with a management key, sign out, and how the console looks to whoever stands there.
import { Hono } from 'hono'
import { PROBLEMS, Problem } from '../core/problem.ts'
import { signIn, signOut } from '../service/console-sessions.ts'
import type { ConsoleContext, ConsoleEnv } from './console-env.ts'
import { dropSession, keepPreference, keepSession, sessionToken, THEMES } from './cookies.ts'
import { readForm } from './form.ts'
import { goTo, page } from './page.tsx'

export const signInPages = new Hono<ConsoleEnv>()

signInPages.get('/console/sign-in', (c) => signInPage(c, c.req.query('next') ?? '', null))

signInPages.post('/console/sign-in', async (c) => {
  const form = await readForm(c)
  const next = form.text('next')
  try {
    await limitTries(c)
    const { token } = await signIn(c.var.deps, form.text('key'))
    // What was open before is ended: signing in is never joining a session.
    await endSession(c)
    keepSession(c, token)
    return goTo(c, isOfConsole(next) ? next : '/console/projects')
  } catch (error) {
    if (error instanceof Problem && error.code in REFUSALS) return signInPage(c, next, error)
    throw error
  }
})

signInPages.post('/console/sign-out', async (c) => {
  await endSession(c)
  dropSession(c)
  return goTo(c, '/console/sign-in', 'You are signed out.')
})

signInPages.post('/console/preferences', async (c) => {
  const form = await readForm(c)
  const theme = THEMES.find((known) => known === form.text('theme'))
  const sidebar = form.text('sidebar')
  if (theme !== undefined) keepPreference(c, 'theme', theme)
  if (sidebar === 'open' || sidebar === 'collapsed') keepPreference(c, 'sidebar', sidebar)
  const back = form.text('back')
  return goTo(c, isOfConsole(back) ? back : '/console/projects')
})

function signInPage(c: ConsoleContext, next: string, problem: Problem | null) {
  return page(
    c,
    { title: 'Sign in' },
    <form method="post" action="/console/sign-in" data-plain>
      {problem && (
        <div class="notification is-danger is-light" role="alert" data-focus tabindex={-1}>
          {REFUSALS[problem.code] ?? problem.message}
        </div>
      )}
      <input type="hidden" name="next" value={next} />
      {/* A password manager files a key under a name; there is only one to give. */}
      <input type="text" name="username" autocomplete="username" value="Keyward" hidden />
      <div class="field">
        <label class="label" for="field-key">
          Management key
        </label>
        <input
          class="input"
          id="field-key"
          name="key"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
          autofocus
          aria-describedby="field-key-hint"
        />
        <p class="help" id="field-key-hint">
          Or the root key, which is in the Worker's secret <code>ROOT_KEY</code> (locally in <code>.dev.vars</code>).
        </p>
      </div>
      <button class="button is-primary is-fullwidth" type="submit">
        Sign in
      </button>
    </form>,
    problem === null ? 200 : PROBLEMS[problem.code].status,
  )
}

/**
 * Slows guessing, by address; where the binding is left out nothing does but the length of the keys.
 * @throws {Problem} rate_limited
 */
async function limitTries(c: ConsoleContext): Promise<void> {
  const { signInTries } = c.var.deps
  if (signInTries === null) return
  const { success } = await signInTries.limit({ key: c.req.header('CF-Connecting-IP') ?? 'unknown' })
  if (!success) throw new Problem('rate_limited', 'Too many attempts from this address.')
}

async function endSession(c: ConsoleContext): Promise<void> {
  const token = sessionToken(c)
  if (token !== undefined) await signOut(c.var.deps, token)
}

/** Never to another origin, and never into a loop. */
const isOfConsole = (path: string) => /^\/console(\/(?!sign-)[^\\]*)?$/.test(path)

/** What is said at the door; null is what the problem itself says. */
const REFUSALS: Partial<Record<Problem['code'], string | null>> = {
  unauthenticated: 'This is not a management key that works: mistyped, revoked, or a key of another kind.',
  forbidden: null,
  rate_limited: 'Too many attempts from your address. Wait a minute, then try again.',
}
