// The headers that tell an upstream whose key a request was made with.
import type { ValidKey } from '../core/verdict.ts'

/** Visible ASCII without `%`; anything else is percent-encoded UTF-8, so `decodeURIComponent` gives every value back. */
export function buildIdentityHeaders({ kind, keyId, environment, projectId, ownerId, scopes }: ValidKey) {
  return {
    [kind === 'access_token' ? 'X-Keyward-Client-Id' : 'X-Keyward-Key-Id']: keyId,
    'X-Keyward-Environment-Id': environment.id,
    'X-Keyward-Project-Id': projectId,
    'X-Keyward-Scopes': scopes.join(' '),
    ...(ownerId === null ? {} : { 'X-Keyward-Owner-Id': encodeValue(ownerId) }),
  }
}

/** The same for a proxy that copies header by header: all of them, empty where there is nothing to say. */
export const buildEveryIdentityHeader = (key: ValidKey) => ({ ...NOTHING, ...buildIdentityHeaders(key) })

const NOTHING = {
  'X-Keyward-Key-Id': '',
  'X-Keyward-Client-Id': '',
  'X-Keyward-Environment-Id': '',
  'X-Keyward-Project-Id': '',
  'X-Keyward-Owner-Id': '',
  'X-Keyward-Scopes': '',
}

const encodeValue = (text: string) => text.replace(UNSAFE, encodeURIComponent)
const UNSAFE = /[^!-$&-~]+/gu
