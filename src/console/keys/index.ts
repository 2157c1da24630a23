// The pages of API keys.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { editKeyPages } from './edit-key.tsx'
import { keyPages } from './key-page.tsx'
import { keyListPages } from './list.tsx'
import { newKeyPages } from './new-key.tsx'
import { revokeKeyPages } from './revoke-key.tsx'
import { rotateKeyPages } from './rotate-key.tsx'

export const apiKeyPages = new Hono<ConsoleEnv>()
for (const pages of [keyListPages, newKeyPages, keyPages, editKeyPages, rotateKeyPages, revokeKeyPages]) {
  apiKeyPages.route('/', pages)
}
