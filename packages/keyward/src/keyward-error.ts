// What a call of the management API throws: the problem that Keyward answered, or why there is no answer.

/** `path` is dotted, such as `scopes.0`; `message` says what is wrong there. */
export type FieldError = { path: string; message: string }

export type KeywardErrorFields = {
  status: number | null
  code: string
  title: string
  detail: string
  requestId?: string | null
  errors?: readonly FieldError[]
  retryAfterSeconds?: number | null
}

/**
 * A call that was not done, or of which nobody knows whether it was. `code` is for programs: a problem code of Keyward, or
 * - `unreachable`: the connection broke,
 * - `timed_out`: no answer came within `timeoutMs`,
 * - `unexpected_answer`: something else than Keyward answered, such as a redirect or a web page.
 *
 * Neither the message nor any field holds the management key or a token.
 */
export class KeywardError extends Error {
  /** Of the HTTP answer; null when there was none. */
  readonly status: number | null
  readonly code: string
  readonly title: string
  readonly detail: string
  /** Under which Keyward's log has the request; null when the answer named none. */
  readonly requestId: string | null
  /** The faults of an invalid request, one for each place. */
  readonly errors: readonly FieldError[]
  /** How long to wait before trying again; null when Keyward did not say. */
  readonly retryAfterSeconds: number | null

  constructor(fields: KeywardErrorFields) {
    const { status, code, title, detail, requestId = null, errors = [], retryAfterSeconds = null } = fields
    super(`${title}. ${detail}`)
    this.name = 'KeywardError'
    this.status = status
    this.code = code
    this.title = title
    this.detail = detail
    this.requestId = requestId
    this.errors = errors
    this.retryAfterSeconds = retryAfterSeconds
  }
}
