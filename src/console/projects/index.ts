// Projects: their list, creating one, and renaming or deleting one.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { projectListPages } from './list.tsx'
import { newProjectPages } from './new-project.tsx'
import { deleteProjectPages, projectSettingsPages } from './settings.tsx'

export const projectPages = new Hono<ConsoleEnv>()
for (const pages of [projectListPages, newProjectPages, projectSettingsPages, deleteProjectPages]) {
  projectPages.route('/', pages)
}
