// SDK credentials: their list, and creating one. The pages of one credential are those of every key, in ../keys.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { credentialListPages } from './list.tsx'
import { newCredentialPages } from './new-credential.tsx'

export const credentialPages = new Hono<ConsoleEnv>()
for (const pages of [credentialListPages, newCredentialPages]) credentialPages.route('/', pages)
