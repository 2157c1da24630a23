import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { callWith } from '../../scripts/management-api.ts'
import { launch, visit } from '../support/browser.ts'
import { clipboardOf, keysPath } from '../support/new-key.ts'
import { aName } from '../support/seed-console.ts'

/** What has the focus, as it is called. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const { activeElement: e } = document
    const label = e.labels?.[0]?.textContent ?? e.getAttribute('aria-label') ?? e.textContent ?? ''
    return e.tagName.toLowerCase() + ' ' + label.trim().replace(/\\s+/g, ' ')
  })()`)

/** Presses Tab until what has the focus is called so. Fails when it cannot be reached. */
async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  const passed: string[] = []
  for (let presses = 0; presses < 80; presses += 1) {
    const now = await focused(page)
    if (wanted.test(now)) return
    passed.push(now)
    await page.keyboard.press('Tab')
  }
  throw new Error(`${wanted} cannot be reached; passed ${passed.join(' | ')}`)
}

describe('with the keyboard alone', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  it('somebody signs in, makes a key, copies it, and revokes it', async () => {
    const { page, leave } = await visit(browser, { as: 'nobody' })
    const { url, rootKey, seeded } = inject('console')
    const name = aName('keyboard')

    await page.goto('/console')
    await tabTo(page, /^input/)
    await page.keyboard.type(rootKey)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/console\/projects$/)
    await tabTo(page, /^a Storefront/)
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(seeded.projectId))
    await tabTo(page, /^a Production/)
    await page.keyboard.press('Enter')
    await page.waitForURL(new RegExp(`${seeded.environmentId}/keys$`))

    await tabTo(page, /^a New key/)
    await page.keyboard.press('Enter')
    await page.locator('dialog form').waitFor()
    expect(await focused(page)).toMatch(/^input Name/)
    await page.keyboard.type(name)
    await tabTo(page, /^input items/)
    await page.keyboard.press('Space')
    await tabTo(page, /^button Create key/)
    await page.keyboard.press('Enter')
    await page.locator('[data-once]').waitFor()
    const token = (await page.locator('[data-token]').textContent())?.trim() ?? ''
    await tabTo(page, /^button Copy$/)
    await page.keyboard.press('Enter')
    await expect.poll(() => clipboardOf(page)).toBe(token)
    await tabTo(page, /^button Close/)
    await page.keyboard.press('Enter')

    await page.getByRole('link', { name }).waitFor()
    await tabTo(page, new RegExp(`^a ${name}`))
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/console\/keys\//)
    await tabTo(page, /^a Revoke/)
    await page.keyboard.press('Enter')
    await page.locator('dialog form').waitFor()
    await tabTo(page, /^input Type/)
    await page.keyboard.type(name)
    await tabTo(page, /^button Revoke key/)
    await page.keyboard.press('Enter')

    await page.locator('.receipt').waitFor()
    const verdict = await callWith(url, rootKey)('POST', '/v1/keys/verify', { token, maxStalenessMs: 0 })
    expect(verdict).toMatchObject({ valid: false, code: 'revoked' })
    await leave()
  })

  it('the focus stays inside an open dialog, and goes back to what opened it', async () => {
    const { page, leave } = await visit(browser)
    await page.goto(keysPath())
    await tabTo(page, /^a New key/)
    await page.keyboard.press('Enter')
    await page.locator('dialog form').waitFor()

    const outside: string[] = []
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab')
      const isOutside = await page.evaluate(
        "document.activeElement !== document.body && document.activeElement.closest('dialog') === null",
      )
      if (isOutside) outside.push(await focused(page))
    }
    await page.keyboard.press('Escape')

    expect(outside).toEqual([])
    await expect.poll(() => focused(page)).toMatch(/^a New key/)
    await leave()
  })

  it('the first thing is a way past the menu to the content', async () => {
    const { page, leave } = await visit(browser)
    await page.goto(keysPath())

    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('a Skip to the content')
    await page.keyboard.press('Enter')

    expect(await focused(page)).toMatch(/^main/)
    await leave()
  })
})
