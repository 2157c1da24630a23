// The receipt of a change, counting down to the moment from which it holds everywhere.
import type { Child } from 'hono/jsx'
import { Time } from './text.tsx'

type ReceiptProps = {
  committedAt: number
  effectiveBy: number
  recorded?: 'recorded' | 'pending'
  /** By the clock the other two were told by. */
  now: number
  /** What is so from then on, as `dead everywhere`. */
  what: string
  children?: Child
}

export const Receipt = ({ committedAt, effectiveBy, recorded = 'recorded', now, what, children }: ReceiptProps) => {
  const remainingMs = Math.max(0, effectiveBy - now)
  return (
    <div
      class={`receipt${remainingMs === 0 ? ' is-over' : ''}`}
      data-countdown={remainingMs}
      data-done={`${capital(what)}.`}
    >
      <p class="receipt-head" data-countdown-text>
        {remainingMs === 0 ? `${capital(what)}.` : `${capital(what)} in at most ${Math.ceil(remainingMs / 1000)} s.`}
      </p>
      <dl class="details">
        <dt>Committed</dt>
        <dd>
          <Time at={committedAt} exact />
        </dd>
        <dt>Effective by</dt>
        <dd>
          <Time at={effectiveBy} exact />
        </dd>
      </dl>
      {recorded === 'pending' && (
        <p class="help">It is in force. Writing it into every store goes on in the background.</p>
      )}
      {children}
    </div>
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
