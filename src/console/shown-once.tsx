// A token's only appearance: in the answer to the form that made it. No address leads here, nothing is redirected,
// nothing is stored; sent again, the form says that it was sent.
import type { Child } from 'hono/jsx'
import { Icon } from './components/icon.tsx'
import type { ConsoleContext } from './console-env.ts'
import { type PageHead, page } from './page.tsx'

type ShownOnce = {
  head: PageHead
  token: string
  /** What it is: `key`, `management key`. */
  what: string
  /** Where closing leads. */
  back: string
  /** What it may do, how to try it. */
  children?: Child
}

export const shownOnce = (c: ConsoleContext, { head, token, what, back, children }: ShownOnce) =>
  page(
    c,
    { narrow: true, ...head },
    <div class="once" data-once>
      <div class="notification is-warning is-light once-warning">
        <Icon name="warning" />
        <p>
          <strong>Store this {what} now: it cannot be shown again.</strong> Keyward keeps no copy of it, only a hash.
        </p>
      </div>
      <div class="token">
        {/* A field would be remembered by the browser; text is not. */}
        <code data-token data-focus tabindex={0}>
          {token}
        </code>
        <button class="button is-primary" type="button" data-copy-token hidden>
          <Icon name="copy" />
          <span data-copy-label>Copy</span>
        </button>
      </div>
      {children}
      <div class="form-buttons">
        <a class="button" href={back} data-close>
          Close
        </a>
        <p class="help" id="gate-hint" data-gate-hint hidden>
          Copy the {what} first, with the button or by selecting it.
        </p>
      </div>
    </div>,
    201,
  )

/** What whoever sends a form again is told: nothing was made twice, and nothing is shown twice. */
export const alreadySent = (
  c: ConsoleContext,
  head: PageHead,
  { outcome, list }: { outcome: string | null; list: string },
) =>
  page(
    c,
    { narrow: true, ...head },
    <>
      <div class="notification is-info is-light">
        <p>
          <strong>This form was sent before.</strong> Nothing was made a second time, and what was shown once is not
          shown again.
        </p>
      </div>
      <div class="form-buttons">
        <a class="button is-primary" href={outcome ?? list}>
          {outcome === null ? 'To the list' : 'See what it made'}
        </a>
      </div>
    </>,
    409,
  )
