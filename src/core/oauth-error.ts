// The errors of the OAuth endpoints (RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 6750 §3.1, RFC 8707 §2): each with its status.

export const OAUTH_ERRORS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_scope: 400,
  invalid_target: 400,
  unsupported_grant_type: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  rate_limited: 429,
  temporarily_unavailable: 503,
} as const

export type OAuthErrorCode = keyof typeof OAUTH_ERRORS

type RetryHint = { retryAfterSeconds: number | null }

/** An OAuth request that failed. `message` is sent to the client's developers, so it must hold nothing secret. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  /** After how long the same may be tried again; null where waiting does not help. */
  readonly retryAfterSeconds: number | null

  constructor(code: OAuthErrorCode, description: string, { retryAfterSeconds = null }: Partial<RetryHint> = {}) {
    super(description)
    this.name = 'OAuthError'
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}
