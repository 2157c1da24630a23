// The settings of an environment: one page of sections, each a form of its own.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { deleteEnvironmentPages, editSettingsPages, revokeKeysPages } from './actions.tsx'
import { settingsListPages } from './settings-page.tsx'

export const settingsPages = new Hono<ConsoleEnv>()
for (const pages of [...editSettingsPages, revokeKeysPages, deleteEnvironmentPages, settingsListPages]) {
  settingsPages.route('/', pages)
}
