// The `WWW-Authenticate` answer of RFC 6750 §3: what a client must bring, and never what it brought.

export type Challenge =
  /** No credential was sent: then no error is named. */
  | { error: null }
  | { error: 'invalid_request' | 'invalid_token' }
  /** No scope is named where none would help. */
  | { error: 'insufficient_scope'; scopes: readonly string[] }

export function formatChallenge(challenge: Challenge): string {
  const parts = ['Bearer realm="keyward"']
  if (challenge.error !== null) parts.push(`error="${challenge.error}"`)
  if (challenge.error === 'insufficient_scope' && challenge.scopes.length > 0)
    parts.push(`scope="${challenge.scopes.join(' ')}"`)
  return parts.join(', ')
}
