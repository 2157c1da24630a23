// The environments of a project: their cards, and creating one.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { environmentListPages } from './list.tsx'
import { newEnvironmentPages } from './new-environment.tsx'

export const environmentPages = new Hono<ConsoleEnv>()
for (const pages of [environmentListPages, newEnvironmentPages]) environmentPages.route('/', pages)
