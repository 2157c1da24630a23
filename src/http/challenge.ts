// The `WWW-Authenticate` challenge of RFC 6750 §3. It says what a client must send, and nothing of what it did send.

export type Challenge =
  /** No token was sent: RFC 6750 §3.1 wants no error code then. */
  | { error: null }
  | { error: 'invalid_request' | 'invalid_token' }
  /** With no `scopes`, the challenge names none. */
  | { error: 'insufficient_scope'; scopes: readonly string[] }

/** `resourceMetadata`: where a client learns who issues its tokens (RFC 9728 §5.1); null where it needs none. */
export function formatChallenge(challenge: Challenge, resourceMetadata: string | null = null): string {
  const parts = ['Bearer realm="keyward"']
  if (challenge.error !== null) parts.push(`error="${challenge.error}"`)
  if (challenge.error === 'insufficient_scope' && challenge.scopes.length > 0)
    parts.push(`scope="${challenge.scopes.join(' ')}"`)
  if (resourceMetadata !== null) parts.push(`resource_metadata="${resourceMetadata}"`)
  return parts.join(', ')
}
