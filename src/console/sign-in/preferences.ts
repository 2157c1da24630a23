// How the console looks. It is chosen on any page, before signing in too, and kept in cookies.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { keepPreference, THEMES } from '../cookies.ts'
import { readForm } from '../form.ts'
import { goTo, PROJECTS } from '../page.tsx'
import { readConsolePath } from '../request.ts'

export const preferencePages = new Hono<ConsoleEnv>()

preferencePages.post('/console/preferences', async (c) => {
  const form = await readForm(c)
  const theme = THEMES.find((known) => known === form.text('theme'))
  const sidebar = form.text('sidebar')
  if (theme !== undefined) keepPreference(c, 'theme', theme)
  if (sidebar === 'open' || sidebar === 'collapsed') keepPreference(c, 'sidebar', sidebar)
  return goTo(c, readConsolePath(form.text('back')) ?? PROJECTS.href)
})
