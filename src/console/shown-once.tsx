// The one page that shows a new token: the answer to the form that created it. The token has no address, is not stored,
// and is in no redirect. Whoever sends the form again is told that it was sent, and does not see the token.
import type { Child } from 'hono/jsx'
import { Icon } from './components/icon.tsx'
import type { ConsoleContext } from './console-env.ts'
import type { PageHead } from './layout.tsx'
import { showPage } from './page.tsx'

type ShownToken = PageHead & {
  token: string
  /** What the token is: `key`, `management key`. */
  what: string
  /** Where Close leads. */
  back: string
  /** What the token may do and how to try it. */
  children?: Child
}

export const showToken = (c: ConsoleContext, { token, what, back, children, ...head }: ShownToken) =>
  showPage(c, {
    narrow: true,
    ...head,
    status: 201,
    content: (
      <div class="once" data-once>
        <div class="notification is-warning is-light once-warning">
          <Icon name="warning" />
          <p>
            <strong>Store this {what} now: it cannot be shown again.</strong> Keyward keeps only a hash of it.
          </p>
        </div>
        <div class="token">
          {/* Not an input: browsers remember what is in one. */}
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
      </div>
    ),
  })

type SentBeforeProps = { path: string; isList: boolean; text?: string | undefined }

const NOT_CREATED_TWICE =
  'Nothing was created a second time, and a token that was shown is not shown again. If you did not store it, revoke it and create another one.'

/** The answer to a form that was sent before: what it created is not created again. */
export const SentBefore = ({ path, isList, text = NOT_CREATED_TWICE }: SentBeforeProps) => (
  <>
    <div class="notification is-info is-light">
      <p>
        <strong>You already sent this form.</strong> {text}
      </p>
    </div>
    <div class="form-buttons">
      <a class="button is-primary" href={path}>
        {isList ? 'Back to the list' : 'See what you created'}
      </a>
    </div>
  </>
)
