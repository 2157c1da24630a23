// API keys: their list and creating one. And the pages of one key of either kind, API key or SDK credential: what it is,
// and editing, rotating and revoking it.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { editKeyPages } from './edit-key.tsx'
import { enableKeyPages, oneKeyPages } from './key-page.tsx'
import { keyListPages } from './list.tsx'
import { newKeyPages } from './new-key.tsx'
import { revokeKeyPages } from './revoke-key.tsx'
import { rotateKeyPages } from './rotate-key.tsx'

export const keyPages = new Hono<ConsoleEnv>()
for (const pages of [
  keyListPages,
  newKeyPages,
  oneKeyPages,
  enableKeyPages,
  editKeyPages,
  rotateKeyPages,
  revokeKeyPages,
]) {
  keyPages.route('/', pages)
}
