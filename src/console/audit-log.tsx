// The pages of the audit log.
import { Hono } from 'hono'
import type { ConsoleEnv } from './console-env.ts'

export const auditPages = new Hono<ConsoleEnv>()
