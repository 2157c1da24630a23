// SDK credentials: their list, creating one, and ending access tokens. The other pages of one credential are those of every key, in ../keys.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { endTokensPages } from './end-tokens.tsx'
import { credentialListPages } from './list.tsx'
import { newCredentialPages } from './new-credential.tsx'

export const credentialPages = new Hono<ConsoleEnv>()
for (const pages of [credentialListPages, newCredentialPages, endTokensPages]) credentialPages.route('/', pages)
