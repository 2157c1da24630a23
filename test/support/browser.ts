// A real browser on the running console, watched: what leaves the origin, what a policy stopped, what a script threw.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from 'axe-core'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect, inject } from 'vitest'
import { root } from './running-server.ts'

export type Visitor = {
  page: Page
  context: BrowserContext
  /** What should not have happened so far, in words. */
  complaints: () => string[]
  /** Leaves, and fails if anything happened that should not. */
  leave: () => Promise<void>
}

type Visit = BrowserContextOptions & { as?: 'admin' | 'member' | 'nobody' }

/** Opens a window on the console, signed in as somebody of the role. Leave it at the end. */
export async function visit(browser: Browser, { as = 'admin', ...options }: Visit = {}): Promise<Visitor> {
  const { url, sessions } = inject('console')
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...(as === 'nobody' ? {} : { storageState: sessions[as] }),
    ...options,
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url })
  const complaints: string[] = []
  watch(context, url, complaints)
  const page = await context.newPage()
  const leave = async () => {
    await context.close()
    expect(complaints).toEqual([])
  }
  return { page, context, complaints: () => [...complaints], leave }
}

function watch(context: BrowserContext, url: string, complaints: string[]): void {
  const { origin } = new URL(url)
  context.on('request', (request) => {
    const address = new URL(request.url())
    if (address.origin !== origin && !LOCAL_SCHEMES.has(address.protocol)) complaints.push(`asked ${request.url()}`)
  })
  context.on('dialog', (dialog) => {
    // Ours, while a token was not copied; whoever tests goes on all the same.
    if (dialog.type() === 'beforeunload') return void dialog.accept()
    complaints.push(`a script said ${dialog.message()}`)
    dialog.dismiss()
  })
  context.on('weberror', (thrown) => complaints.push(`a script threw ${thrown.error().message}`))
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    // That an answer was a refusal is what the page itself tells; the console only repeats it.
    if (!ANSWERED.test(message.text())) complaints.push(`the console says ${message.text()}`)
  })
}

const LOCAL_SCHEMES = new Set(['data:', 'blob:', 'about:', 'chrome-error:'])
const ANSWERED = /^Failed to load resource: the server responded with a status of 4/

export const launch = (): Promise<Browser> => chromium.launch(inject('console').browser)

/** What axe-core finds against the page as it is now, one line for each rule and place. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const violations: Violation[] = await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
  )
}

type Violation = { id: string; nodes: { target: string[]; failureSummary: string }[] }

const SCREENSHOTS = join(root, 'test', 'screenshots')

/** With SCREENSHOTS set, a picture of the whole page for people to look at, in a folder that git ignores. It proves nothing. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!process.env['SCREENSHOTS']) return
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, animations: 'disabled' })
}

/** How many pixels the page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
