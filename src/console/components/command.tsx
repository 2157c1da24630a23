// A command to run in a terminal, with a button to copy it.
import type { Child } from 'hono/jsx'
import { Icon } from './icon.tsx'

type CommandProps = {
  label: string
  children: string
  hint?: Child
  /** Copying puts the token that is shown on the page in place of the variable. */
  withToken?: boolean
}

export const Command = ({ label, children, hint, withToken }: CommandProps) => (
  <figure class="command">
    <figcaption>
      <span>{label}</span>
      {withToken && (
        <button class="button is-small copy-button" type="button" data-copy-with-token={children} hidden>
          <Icon name="copy" />
          <span data-copy-label>Copy with the token</span>
        </button>
      )}
      {!withToken && <CopyButton text={children} what="command" />}
    </figcaption>
    <pre tabindex={0}>
      <code>{children}</code>
    </pre>
    {hint && <p class="help">{hint}</p>}
  </figure>
)

/** Hidden until the script shows it, since it does nothing without script. */
export const CopyButton = ({ text, what }: { text: string; what: string }) => (
  <button
    class="button is-small copy-button"
    type="button"
    data-copy-text={text}
    aria-label={`Copy the ${what}`}
    hidden
  >
    <Icon name="copy" />
    <span data-copy-label>Copy</span>
  </button>
)

/** An id or a prefix, with a button to copy it. */
export const CopyText = ({ children, what }: { children: string; what: string }) => (
  <span class="copy-text">
    <code>{children}</code>
    <CopyButton text={children} what={what} />
  </span>
)
