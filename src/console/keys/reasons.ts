// Why a key is revoked, in words.
import type { RevocationReason } from '../../core/api-key.ts'

export const REASON_TEXT: Record<RevocationReason, string> = {
  unspecified: 'no reason given',
  compromised: 'it leaked, or may have',
  superseded: 'another key took its place',
  no_longer_used: 'it is no longer used',
  owner_left: 'its owner left',
}
