// One Keyward for all tests in the browser, filled over its API, with somebody of each role signed in.
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { localRootKey } from '../../scripts/root-key.ts'
import { type BrowserProgram, findBrowser } from './find-browser.ts'
import { startServer } from './running-server.ts'
import { type Seeded, seedConsole } from './seed-console.ts'

/** What a browser keeps of somebody who is signed in. */
type StoredSession = { cookies: SessionCookie[]; origins: [] }
type SessionCookie = {
  name: string
  value: string
  domain: string
  path: string
  expires: number
  httpOnly: boolean
  secure: boolean
  sameSite: 'Strict' | 'Lax' | 'None'
}

export type Console = {
  url: string
  browser: BrowserProgram
  rootKey: string
  seeded: Seeded
  sessions: Record<'admin' | 'member', StoredSession>
}

declare module 'vitest' {
  interface ProvidedContext {
    console: Console
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const browser = await findBrowser()
  const server = await startServer('--no-upstream')
  try {
    const rootKey = localRootKey()
    if (rootKey === null) throw new Error('npm run dev left no root key')
    const seeded = await seedConsole(server.url, rootKey)
    const sessions = {
      admin: await sessionOf(browser, server.url, rootKey),
      member: await sessionOf(browser, server.url, seeded.memberToken),
    }
    project.provide('console', { url: server.url, browser, rootKey, seeded, sessions })
  } catch (error) {
    await server.stop()
    throw error
  }
  return server.stop
}

/** Signs in as a person does. Once for each role: sign-ins are counted, and slowed. */
async function sessionOf(program: BrowserProgram, url: string, key: string): Promise<StoredSession> {
  const browser = await chromium.launch(program)
  try {
    const page = await browser.newPage()
    await page.goto(`${url}/console/sign-in`)
    await page.fill('input[name=key]', key)
    await page.press('input[name=key]', 'Enter')
    await page.waitForURL((address) => !address.pathname.endsWith('/sign-in'))
    return { cookies: await page.context().cookies(), origins: [] }
  } finally {
    await browser.close()
  }
}
