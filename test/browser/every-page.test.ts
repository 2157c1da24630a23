import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launch, overflowOf, picture, violationsOn, visit } from '../support/browser.ts'
import { consolePages } from '../support/console-pages.ts'

const THEMES = ['light', 'dark'] as const
const WIDTHS = { wide: 1280, narrow: 360 } as const

describe('every page of the console', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  it.each(THEMES)('has nothing that axe-core finds fault with, in the %s theme', async (colorScheme) => {
    const { page, leave } = await visit(browser, { colorScheme })
    const found: string[] = []

    for (const { name, path } of consolePages(inject('console').seeded)) {
      await page.goto(path)
      for (const violation of await violationsOn(page)) found.push(`${name}: ${violation}`)
    }

    expect(found).toEqual([])
    await leave()
  })

  it.each(Object.entries(WIDTHS))('fits into a %s window (%i px) without scrolling sideways', async (name, width) => {
    const { page, leave } = await visit(browser, { viewport: { width, height: 800 } })
    const tooWide: string[] = []

    for (const { name: pageName, path } of consolePages(inject('console').seeded)) {
      await page.goto(path)
      const overflow = await overflowOf(page)
      if (overflow > 0) tooWide.push(`${pageName} by ${overflow} px`)
      await picture(page, `${pageName}-${name}`)
    }

    expect(tooWide).toEqual([])
    await leave()
  })

  it('is shown in the dark too', async () => {
    const { page, leave } = await visit(browser, { colorScheme: 'dark' })

    for (const { name, path } of consolePages(inject('console').seeded)) {
      await page.goto(path)
      await picture(page, `${name}-dark`)
    }

    await leave()
  })

  it.each(['admin', 'nobody'] as const)('lets nothing but what it serves itself run or load (%s)', async (as) => {
    const { page, leave } = await visit(browser, { as })
    const policies = new Set<string>()

    for (const { path } of [{ path: '/console/sign-in' }, ...consolePages(inject('console').seeded)]) {
      const response = await page.goto(path)
      const headers = response?.headers() ?? {}
      policies.add((headers['content-security-policy'] ?? 'none').replace(/nonce-[0-9a-f-]+/, 'nonce-…'))
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' })
    }

    expect([...policies]).toEqual([
      "default-src 'none'; script-src 'nonce-…'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ])
    await leave()
  })
})
