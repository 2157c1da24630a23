// Small pieces of text: names that people chose, tags, moments, durations, states.
import type { KeyStatus } from '../../core/api-key.ts'
import { isVisible } from '../../core/visible-text.ts'
import { toTimestamp } from '../../http/timestamps.ts'

/**
 * Text that somebody chose. Its direction, left to right or right to left, does not change the text around it. Characters that
 * override the direction can make one name look like another, so they are shown as what they are.
 */
export const Name = ({ children }: { children: string }) => {
  if (!isVisible(children))
    return (
      <bdi>
        {[...children].map((sign) => (
          <Mark sign={sign} title="A character that nobody can see" />
        ))}
      </bdi>
    )
  const parts = children.split(BIDI_CONTROLS)
  return (
    <bdi>{parts.map((part) => (BIDI_CONTROL.test(part) ? <Mark sign={part} title={CHANGES_DIRECTION} /> : part))}</bdi>
  )
}

/** The same for places where there can be no elements: without those characters. */
export const plainName = (text: string): string =>
  text
    .split(BIDI_CONTROLS)
    .filter((part) => !BIDI_CONTROL.test(part))
    .join('')

const Mark = ({ sign, title }: { sign: string; title: string }) => (
  <span class="bidi-mark" title={title}>
    U+{(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}
  </span>
)

const CHANGES_DIRECTION = 'A character that changes the direction of the text'

/** Embeddings, overrides and isolates. Not the marks U+200E and U+200F, which some scripts need. */
const BIDI_CONTROLS = /([\u202A-\u202E\u2066-\u2069])/
const BIDI_CONTROL = /^[\u202A-\u202E\u2066-\u2069]$/

/** A moment in UTC; the script shows it in the time zone of the viewer. Pointing at it shows the exact moment. */
export const Time = ({ at, none = '–', exact }: { at: number | null; none?: string; exact?: boolean }) =>
  at === null ? (
    <span class="is-quiet">{none}</span>
  ) : (
    <time datetime={toTimestamp(at)} title={formatExact(at)} data-time={exact ? 'exact' : ''}>
      {exact ? formatExact(at) : formatMinute(at)}
    </time>
  )

/** `2026-11-21 12:00:00.000 UTC` */
const formatExact = (at: number) => toTimestamp(at).replace('T', ' ').replace('Z', ' UTC')
/** `2026-11-21 12:00 UTC` */
export const formatMinute = (at: number) => `${toTimestamp(at).slice(0, 16).replace('T', ' ')} UTC`

/** A duration, as every page tells it. */
export const formatSeconds = (ms: number): string => `${ms / 1000} s`

/** How long until a moment, rounded up; 0 s when it has passed. */
export const formatSecondsUntil = (at: number, now: number): string => `${Math.max(0, Math.ceil((at - now) / 1000))} s`

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
