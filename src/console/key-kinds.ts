// API keys and SDK credentials are keys of two kinds. What the pages call each, and where they are found.
import { type ApiKey, type KeyKind, kindOf } from '../core/api-key.ts'
import type { Crumb } from './layout.tsx'

type Words = {
  /** The part of the address, and the name of the tab. */
  collection: 'keys' | 'credentials'
  /** The title of the list. */
  title: string
  noun: string
  /** What the secret is called when it is shown. */
  secret: string
}

const KINDS: Record<KeyKind, Words> = {
  key: { collection: 'keys', title: 'API keys', noun: 'key', secret: 'key' },
  credential: { collection: 'credentials', title: 'SDK credentials', noun: 'credential', secret: 'client secret' },
}

export const wordsOf = ({ id }: Pick<ApiKey, 'id'>): Words => KINDS[kindOf(id)]

export const pathOf = (key: Pick<ApiKey, 'id'>): string => `/console/${wordsOf(key).collection}/${key.id}`

/** The list that the key is in. */
export function listOf(key: Pick<ApiKey, 'id' | 'environmentId'>): Crumb {
  const { collection, title } = wordsOf(key)
  return { href: `/console/environments/${key.environmentId}/${collection}`, text: title }
}

/** Below this path are the pages of one key, of either kind. */
export const ONE_KEY = '/console/:collection{keys|credentials}/:keyId'
