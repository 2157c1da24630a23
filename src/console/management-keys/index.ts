// Management keys: their list, creating one and revoking one.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { managementKeyListPages } from './list.tsx'
import { newManagementKeyPages } from './new-management-key.tsx'
import { revokeManagementKeyPages } from './revoke-management-key.tsx'

export const managementKeyPages = new Hono<ConsoleEnv>()
for (const pages of [managementKeyListPages, newManagementKeyPages, revokeManagementKeyPages]) {
  managementKeyPages.route('/', pages)
}
