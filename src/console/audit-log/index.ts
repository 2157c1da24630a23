// The audit log: read with any filter, and exported with the same filter as a file.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { exportPages } from './export.ts'
import { auditLogListPages } from './list.tsx'

export const auditLogPages = new Hono<ConsoleEnv>()
for (const pages of [auditLogListPages, exportPages]) auditLogPages.route('/', pages)
