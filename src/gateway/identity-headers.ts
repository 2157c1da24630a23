// Whose request it is, for whoever stands behind the front door.
import type { Allowance } from '../core/verdict.ts'

/** Visible ASCII without `%`; anything else is percent-encoded UTF-8, so `decodeURIComponent` gives every value back. */
export function identityHeaders(allowance: Allowance): [string, string][] {
  const { kind, keyId, environment, projectId, ownerId, scopes } = allowance
  const headers: [string, string][] = [
    [kind === 'access_token' ? 'X-Keyward-Client-Id' : 'X-Keyward-Key-Id', keyId],
    ['X-Keyward-Environment-Id', environment.id],
    ['X-Keyward-Project-Id', projectId],
    ['X-Keyward-Scopes', scopes.join(' ')],
  ]
  if (ownerId !== null) headers.push(['X-Keyward-Owner-Id', encoded(ownerId)])
  return headers
}

const encoded = (text: string) => text.replace(UNSAFE, encodeURIComponent)
const UNSAFE = /[^!-$&-~]+/gu
