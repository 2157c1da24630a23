// The receipt of a revocation. The script counts down to the moment from which it is effective everywhere.
import type { Child } from 'hono/jsx'
import { Time } from './text.tsx'

type ReceiptProps = {
  committedAt: number
  effectiveBy: number
  recorded?: 'recorded' | 'pending'
  /** By the clock of the server, like the two above. */
  now: number
  /** What is true from `effectiveBy` on: `dead everywhere`. */
  what: string
  children?: Child
}

export const Receipt = ({ committedAt, effectiveBy, recorded = 'recorded', now, what, children }: ReceiptProps) => {
  const remainingMs = Math.max(0, effectiveBy - now)
  return (
    <div
      class={`receipt${remainingMs === 0 ? ' is-over' : ''}`}
      data-countdown={remainingMs}
      data-done={`${capitalize(what)}.`}
    >
      <p class="receipt-head" data-countdown-text>
        {remainingMs === 0
          ? `${capitalize(what)}.`
          : `${capitalize(what)} in at most ${Math.ceil(remainingMs / 1000)} s.`}
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
        <p class="help">The revocation is in force. It is still being written to every store in the background.</p>
      )}
      {children}
    </div>
  )
}

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
