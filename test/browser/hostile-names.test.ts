import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launch, picture, violationsOn, visit } from '../support/browser.ts'
import { HOSTILE } from '../support/seed-console.ts'

/** What a name could have put into a page: our own pages have one script, no frames, and no pictures but the icon. */
const foreignPartsOf = (page: Page): Promise<number> =>
  page.evaluate(`
    document.querySelectorAll('img, iframe, object, embed, base, [onerror], [onfocus], [onload], a[href^="javascript:" i]').length
      + document.querySelectorAll('script').length - 1`)

describe('names that mean harm', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  const pages = () => {
    const { projectId, environmentId, keyId } = inject('console').seeded.hostile
    const at = `/console/environments/${environmentId}`
    return [
      '/console/projects',
      `/console/projects/${projectId}`,
      `/console/projects/${projectId}/settings`,
      `${at}/keys`,
      `${at}/keys?search=${encodeURIComponent(HOSTILE.script)}&ownerId=${encodeURIComponent(HOSTILE.attribute)}&status=${encodeURIComponent(HOSTILE.image)}`,
      `${at}/keys/new`,
      ...['', '/edit', '/rotate', '/revoke'].map((rest) => `/console/keys/${keyId}${rest}`),
      `${at}/credentials`,
      `${at}/credentials/new`,
      `${at}/routes`,
      `${at}/routes/edit`,
      `${at}/rerank-controls`,
      `${at}/rerank-controls/contexts/${encodeURIComponent(HOSTILE.image)}`,
      `${at}/settings`,
      `/console/audit-log?environmentId=${environmentId}`,
      `/console/audit-log?actor=${encodeURIComponent(HOSTILE.script)}&from=${encodeURIComponent(HOSTILE.image)}&projectId=${encodeURIComponent(HOSTILE.attribute)}`,
      '/console/management-keys',
      `/console/sign-in?next=${encodeURIComponent('javascript:alert(6)')}`,
      `/console/sign-in?next=${encodeURIComponent('//evil.example')}`,
      `/console/${encodeURIComponent(HOSTILE.image)}`,
    ]
  }

  it('run nowhere and bring nothing into a page', async () => {
    const { page, complaints, leave } = await visit(browser)

    for (const path of pages()) {
      await page.goto(path)
      await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
      expect([path, await foreignPartsOf(page), complaints()]).toEqual([path, 0, []])
    }

    await leave()
  })

  it('run nowhere in the dialog either', async () => {
    const { page, leave } = await visit(browser)
    const { environmentId, keyId } = inject('console').seeded.hostile
    await page.goto(`/console/keys/${keyId}`)
    for (const name of ['Edit', 'Rotate', 'Revoke']) {
      await page.getByRole('link', { name, exact: true }).click()
      await page.locator('dialog form').waitFor()
      expect(await foreignPartsOf(page)).toBe(0)
      await page.keyboard.press('Escape')
    }
    await page.goto(`/console/environments/${environmentId}/keys`)
    await page.getByRole('link', { name: 'New key' }).click()
    await page.getByLabel('Name', { exact: true }).fill(HOSTILE.image)
    await page.getByRole('button', { name: 'Create key' }).click()
    await page.locator('[data-once]').waitFor()

    expect(await foreignPartsOf(page)).toBe(0)
    await leave()
  })

  it('do not turn the text around them', async () => {
    const { page, leave } = await visit(browser)
    const { environmentId } = inject('console').seeded.hostile

    await page.goto(`/console/environments/${environmentId}/keys`)
    await picture(page, 'keys-hostile')

    const shown = (await page.locator('main').textContent()) ?? ''
    expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
    expect(shown).toContain('gnp.exe')
    await leave()
  })

  it('keep every page sound for assistive technology', async () => {
    const { page, leave } = await visit(browser)
    const found: string[] = []

    for (const path of pages()) {
      await page.goto(path)
      found.push(...(await violationsOn(page)).map((violation) => `${path}: ${violation}`))
    }

    expect(found).toEqual([])
    await leave()
  })

  it('do not lead away after signing in', async () => {
    const { page, leave } = await visit(browser, { as: 'nobody' })
    const { url, rootKey } = inject('console')

    for (const next of ['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
      await page.goto(`/console/sign-in?next=${encodeURIComponent(next)}`)
      await page.locator('input[name=key]').fill(rootKey)
      await page.keyboard.press('Enter')
      await page.waitForURL((address) => !address.pathname.endsWith('/sign-in'))
      expect(page.url()).toBe(`${url}/console/projects`)
      await page.context().clearCookies()
    }

    await leave()
  })
})
