// The pages of SDK credentials that are not those of every key.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { credentialListPages } from './list.tsx'
import { newCredentialPages } from './new-credential.tsx'

export const credentialPages = new Hono<ConsoleEnv>()
credentialPages.route('/', credentialListPages)
credentialPages.route('/', newCredentialPages)
