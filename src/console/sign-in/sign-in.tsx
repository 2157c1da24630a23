// Signing in with a management key, and signing out.
import { Hono } from 'hono'
import { isProblem, PROBLEMS, Problem } from '../../core/problem.ts'
import { signIn, signOut } from '../../service/console-sessions.ts'
import { countFailedTry } from '../../service/failed-tries.ts'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { dropSessionToken, keepSessionToken, readSessionToken } from '../cookies.ts'
import { readForm, readQuery } from '../form.ts'
import { goTo, PROJECTS, showPage } from '../page.tsx'
import { readConsolePath } from '../request.ts'

const SIGNED_IN = '/console/signed-in'

export const sessionPages = new Hono<ConsoleEnv>()

sessionPages.get('/console/sign-in', (c) => showSignIn(c, { next: readQuery(c).text('next'), problem: null }))

/**
 * Where a browser is sent once a session was opened for it. One that brings no cookie here has not kept it, and would be sent
 * back to the sign-in page without a word.
 */
sessionPages.get(SIGNED_IN, (c) => {
  const next = readQuery(c).text('next')
  if (readSessionToken(c) !== undefined) return goTo(c, readConsolePath(next) ?? PROJECTS.href)
  return showSignIn(c, { next, problem: null, lostCookie: true })
})

sessionPages.post('/console/sign-in', async (c) => {
  const form = await readForm(c)
  const next = form.text('next')
  try {
    const { token } = await signIn(c.var.deps, form.text('key')).catch((error: unknown) => slowGuessing(c, error))
    // Always a new session: one that was put into this browser by somebody else must not become the signed-in one.
    await endSession(c)
    keepSessionToken(c, token)
    return goTo(c, `${SIGNED_IN}?${new URLSearchParams({ next: readConsolePath(next) ?? PROJECTS.href })}`)
  } catch (error) {
    if (!(error instanceof Problem && error.code in REFUSALS)) throw error
    if (error.retryAfterSeconds !== null) c.header('Retry-After', String(error.retryAfterSeconds))
    return showSignIn(c, { next, problem: error })
  }
})

sessionPages.post('/console/sign-out', async (c) => {
  await endSession(c)
  dropSessionToken(c)
  return goTo(c, '/console/sign-in', 'You are signed out.')
})

type SignInProps = { next: string; problem: Problem | null; lostCookie?: boolean }

const showSignIn = (c: ConsoleContext, { next, problem, lostCookie }: SignInProps) =>
  showPage(c, {
    title: 'Sign in',
    status: problem === null ? 200 : PROBLEMS[problem.code].status,
    content: (
      <SignInForm
        next={next}
        refusal={lostCookie ? explainLostCookie(c) : problem && (REFUSALS[problem.code] ?? problem.message)}
      />
    ),
  })

/** Browsers keep Secure cookies over https only, and some block cookies altogether. */
const explainLostCookie = (c: ConsoleContext): string =>
  new URL(c.req.url).protocol === 'http:'
    ? 'Your browser did not keep the session cookie, because this page came over http. Open the console over https, or on the machine it runs on as http://localhost, then sign in again.'
    : 'Your browser did not keep the session cookie. Allow cookies for this site, then sign in again.'

const SignInForm = ({ next, refusal }: { next: string; refusal: string | null }) => (
  <form method="post" action="/console/sign-in" data-plain>
    {refusal !== null && (
      <div class="notification is-danger is-light" role="alert" data-focus tabindex={-1}>
        {refusal}
      </div>
    )}
    <input type="hidden" name="next" value={next} />
    {/* Password managers store a password under a user name. Here it is always the same. */}
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
        Or the root key: the secret <code>ROOT_KEY</code> of the Worker (locally in <code>.dev.vars</code>).
      </p>
    </div>
    <button class="button is-primary is-fullwidth" type="submit">
      Sign in
    </button>
  </form>
)

/** Throws the error on, or, when a wrong key was one too many from its network, that. @throws {Problem} rate_limited */
async function slowGuessing(c: ConsoleContext, error: unknown): Promise<never> {
  if (!isProblem(error, 'unauthenticated')) throw error
  const retryAfterSeconds = await countFailedTry(c.var.deps, 'sign_in', c.req.header('CF-Connecting-IP'))
  if (retryAfterSeconds === null) throw error
  throw new Problem(
    'rate_limited',
    `Too many wrong keys from your network. Try again in ${retryAfterSeconds} seconds. A key that works is let in at once.`,
    { retryAfterSeconds },
  )
}

async function endSession(c: ConsoleContext): Promise<void> {
  const token = readSessionToken(c)
  if (token !== undefined) await signOut(c.var.deps, token)
}

/** The problems that the sign-in page itself shows, and what it says; null for the message of the problem. */
const REFUSALS: Partial<Record<Problem['code'], string | null>> = {
  unauthenticated:
    'This management key does not work. Check that you copied all of it, that it was not revoked, and that it is a management key, not an API key.',
  forbidden: null,
  rate_limited: null,
}
