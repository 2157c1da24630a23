// Small pieces of text: names of people's own making, tags, moments, states.
import type { Child } from 'hono/jsx'
import type { KeyStatus } from '../../core/api-key.ts'
import { toTimestamp } from '../../http/timestamps.ts'

/** Text that somebody chose: what it does with writing directions stays inside it. */
export const Name = ({ children }: { children?: Child }) => <bdi>{children}</bdi>

/** A moment: in UTC as it is sent, in the viewer's zone with script, exact when pointed at. */
export const Time = ({ at, none = '–' }: { at: number | null; none?: string }) =>
  at === null ? (
    <span class="is-quiet">{none}</span>
  ) : (
    <time datetime={toTimestamp(at)} title={exactUtc(at)} data-time>
      {shortUtc(at)}
    </time>
  )

/** `2026-11-21 12:00:00.000 UTC` */
const exactUtc = (at: number) => toTimestamp(at).replace('T', ' ').replace('Z', ' UTC')
/** `2026-11-21 12:00 UTC` */
const shortUtc = (at: number) => `${toTimestamp(at).slice(0, 16).replace('T', ' ')} UTC`

export const Status = ({ status }: { status: KeyStatus }) => (
  <span class={`tag status is-${status}`}>{STATUS_TEXT[status]}</span>
)

const STATUS_TEXT: Record<KeyStatus, string> = {
  active: 'Active',
  disabled: 'Disabled',
  expired: 'Expired',
  revoked: 'Revoked',
}

export const Scopes = ({ scopes }: { scopes: readonly string[] }) =>
  scopes.length === 0 ? (
    <span class="is-quiet">none</span>
  ) : (
    <span class="scopes">
      {scopes.map((scope) => (
        <code class="scope">{scope}</code>
      ))}
    </span>
  )

export const EnvironmentTag = ({ tag }: { tag: string }) => (
  <span class={`tag environment-tag is-${TAG_TONES[tag.toLowerCase()] ?? 'other'}`}>{tag}</span>
)

const TAG_TONES: Record<string, string> = { production: 'production', staging: 'staging', development: 'development' }
