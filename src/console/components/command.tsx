// A command to run in a terminal, with a button to copy it.
import type { Child } from 'hono/jsx'
import { showVariable, type TextWithToken } from '../command-text.ts'
import { Icon } from './icon.tsx'

export const Command = ({ label, children }: { label: string; children: string }) => (
  <Figure label={label} button={<CopyButton text={children} what="command" />}>
    {children}
  </Figure>
)

type WithTokenProps = { label: string; text: TextWithToken; hint?: Child }

/** The same with a variable for the token that is shown on the page. Copying puts the token in its place. */
export const CommandWithToken = ({ label, text, hint }: WithTokenProps) => (
  <Figure
    label={label}
    hint={hint}
    button={
      <button
        class="button is-small copy-button"
        type="button"
        data-copy-with-token={text.before}
        data-after-token={text.after}
        hidden
      >
        <Icon name="copy" />
        <span data-copy-label>Copy with the token</span>
      </button>
    }
  >
    {showVariable(text)}
  </Figure>
)

const Figure = ({
  label,
  button,
  hint,
  children,
}: {
  label: string
  button: Child
  hint?: Child
  children: string
}) => (
  <figure class="command">
    <figcaption>
      <span>{label}</span>
      {button}
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
