// API keys and SDK credentials are keys of two kinds: what the pages call each, and where each is.
import { type ApiKey, type KeyKind, kindOf } from '../../core/api-key.ts'

type Words = {
  /** In addresses, and the name of the tab. */
  collection: 'keys' | 'credentials'
  /** What there are many of. */
  title: string
  /** One of them. */
  noun: string
  /** What is shown once. */
  secret: string
}

const KINDS: Record<KeyKind, Words> = {
  key: { collection: 'keys', title: 'API keys', noun: 'key', secret: 'key' },
  credential: { collection: 'credentials', title: 'SDK credentials', noun: 'credential', secret: 'client secret' },
}

export const wordsFor = ({ id }: Pick<ApiKey, 'id'>): Words => KINDS[kindOf(id)]

export const pathOf = (key: Pick<ApiKey, 'id'>): string => `/console/${wordsFor(key).collection}/${key.id}`

/** The list that it is in, as the way back to it. */
export function listOf(key: Pick<ApiKey, 'id' | 'environmentId'>): { href: string; text: string } {
  const { collection, title } = wordsFor(key)
  return { href: `/console/environments/${key.environmentId}/${collection}`, text: title }
}

/** The pages of one key of either kind lie below this. */
export const ONE_KEY = '/console/:collection{keys|credentials}/:keyId'
