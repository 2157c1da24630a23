import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launch, picture, violationsOn, visit } from '../support/browser.ts'
import { keysPath } from '../support/new-key.ts'

const THEME = 'document.documentElement.dataset.theme ?? "system"'

describe('how the console looks', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  it.each([true, false])(
    'is chosen by the viewer, and stays so on the next page (script: %s)',
    async (javaScriptEnabled) => {
      const { page, leave } = await visit(browser, { javaScriptEnabled, colorScheme: 'light' })
      await page.goto(keysPath())

      await page.getByRole('button', { name: 'Dark theme' }).click()
      await page.locator('html[data-theme=dark]').waitFor()
      await page.getByRole('button', { name: 'Wide menu' }).click()
      await page.locator('html[data-sidebar=collapsed]').waitFor()
      await page.waitForLoadState('networkidle')
      await page.goto('/console/projects')

      expect(await page.locator('html[data-theme=dark][data-sidebar=collapsed]').count()).toBe(1)
      await picture(page, 'projects-collapsed')
      await leave()
    },
  )

  it('follows the system until something is chosen', async () => {
    const { page, leave } = await visit(browser, { colorScheme: 'dark' })
    await page.goto(keysPath())

    expect(await page.evaluate(THEME)).toBe('system')
    expect(await page.evaluate('getComputedStyle(document.body).colorScheme')).toMatch(/dark/)
    await leave()
  })

  it('has a menu in a narrow window that opens, closes by Escape, and is sound', async () => {
    const { page, leave } = await visit(browser, { viewport: { width: 360, height: 740 } })
    await page.goto(keysPath())
    const menu = page.getByRole('navigation', { name: 'Main' })
    expect(await menu.isVisible()).toBe(false)

    await page.getByRole('button', { name: 'Menu' }).click()
    await menu.waitFor()
    expect(await violationsOn(page)).toEqual([])
    await picture(page, 'menu-narrow')
    await page.keyboard.press('Escape')

    expect(await menu.isVisible()).toBe(false)
    await leave()
  })

  it('moves nothing for those who asked for less motion', async () => {
    const { page, leave } = await visit(browser, { reducedMotion: 'reduce' })
    await page.goto(keysPath())
    await page.getByRole('link', { name: 'New key' }).click()
    await page.locator('dialog form').waitFor()

    expect(await page.evaluate('document.getAnimations().length')).toBe(0)
    const moving = await page.evaluate(`[...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element)
      return animationName !== 'none' || transitionDuration.split(', ').some((one) => parseFloat(one) > 0)
    }).length`)
    expect(moving).toBe(0)
    await leave()
  })

  it("tells moments in the viewer's zone, and the exact UTC when pointed at", async () => {
    const { keys } = inject('console').seeded
    const texts: string[] = []
    for (const timezoneId of ['UTC', 'Asia/Tokyo']) {
      const { page, leave } = await visit(browser, { timezoneId })
      await page.goto(`/console/keys/${keys.revoked}`)
      const time = page.locator('time').first()
      expect(await time.getAttribute('title')).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC/)
      texts.push((await time.textContent()) ?? '')
      await leave()
    }

    expect(texts[0]).not.toBe(texts[1])
  })
})
