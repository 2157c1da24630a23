import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { callWith } from '../../scripts/management-api.ts'
import { launch, picture, violationsOn, visit } from '../support/browser.ts'
import { clipboardOf, keysPath, makeKey, shownOnce, traceOf } from '../support/new-key.ts'
import { aName } from '../support/seed-console.ts'

const TOKEN = /^nsl_[0-9A-Za-z]{8}_[0-9A-Za-z]{20,}$/

describe('a key that was created', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  const verdictOn = (token: string) => {
    const { url, rootKey } = inject('console')
    return callWith(url, rootKey)<{ valid: boolean }>('POST', '/v1/keys/verify', { token })
  }

  it('is shown with a token that works, and closes once the button copied it', async () => {
    const { page, leave } = await visit(browser)
    const { name, token, once, copy, close } = await makeKey(page)
    expect(token).toMatch(TOKEN)
    expect(await once.textContent()).toContain('it cannot be shown again')
    expect(await close.isDisabled()).toBe(true)

    await copy.click()

    expect(await clipboardOf(page)).toBe(token)
    expect(await verdictOn(token)).toMatchObject({ valid: true, name })
    await close.click()
    await page.getByRole('link', { name }).waitFor()
    expect(await page.locator('[data-token]').count()).toBe(0)
    await leave()
  })

  it('closes once the token was selected and copied by hand', async () => {
    const { page, leave } = await visit(browser)
    const { token, once, close } = await makeKey(page)

    await once.locator('[data-token]').selectText()
    expect(await close.isDisabled()).toBe(true)
    await page.keyboard.press('Control+C')

    expect(await clipboardOf(page)).toBe(token)
    expect(await close.isDisabled()).toBe(false)
    await leave()
  })

  it('stays shut after anything but the whole token was copied', async () => {
    const { page, leave } = await visit(browser)
    const { once, close } = await makeKey(page)

    await once.locator('strong').first().selectText()
    await page.keyboard.press('Control+C')
    await page.evaluate(`
      const text = document.querySelector('[data-token]').firstChild
      getSelection().setBaseAndExtent(text, 0, text, 20)`)
    await page.keyboard.press('Control+C')

    expect(await close.isDisabled()).toBe(true)
    await leave()
  })

  it('is not lost to Escape, however often, nor to a click beside the dialog', async () => {
    const { page, leave } = await visit(browser)
    const { once, token } = await makeKey(page)

    for (let press = 0; press < 4; press += 1) await page.keyboard.press('Escape')
    await page.mouse.click(5, 5)
    await page.mouse.click(1270, 790)

    expect(await once.locator('[data-token]').textContent()).toBe(token)
    expect(await page.locator('dialog').evaluate((dialog) => dialog.hasAttribute('open'))).toBe(true)
    await leave()
  })

  it('closes by Escape too, once it was copied', async () => {
    const { page, leave } = await visit(browser)
    const { copy, close, name } = await makeKey(page)
    await copy.click()
    await close.click({ trial: true }) // waits until it could be pressed: the browser copies in its own time

    await page.keyboard.press('Escape')

    await page.getByRole('link', { name }).waitFor()
    await leave()
  })

  it('leaves its token nowhere: no address, storage, history, log or page holds it after it is closed', async () => {
    const { page, context, leave } = await visit(browser)
    const seen: string[] = []
    context.on('request', (request) => seen.push(request.url(), JSON.stringify(request.headers())))
    context.on('console', (message) => seen.push(message.text()))
    await page.goto('/console/projects')
    const { token, copy, close, name } = await makeKey(page)
    await copy.click()
    await close.click()
    await page.getByRole('link', { name }).waitFor()

    seen.push(
      await traceOf(page),
      JSON.stringify(await context.cookies()),
      JSON.stringify(await context.storageState()),
    )
    await page.goBack()
    await page.waitForLoadState()
    seen.push(await traceOf(page))
    await page.goForward()
    await page.waitForLoadState()
    seen.push(await traceOf(page))
    await page.reload()
    seen.push(await traceOf(page))
    await page.getByRole('link', { name }).click()
    await page.waitForURL(/\/console\/keys\//)
    seen.push(await traceOf(page))

    const secret = token.slice(token.lastIndexOf('_') + 1)
    expect(seen.filter((text) => text.includes(secret))).toEqual([])
    await leave()
  })

  it('is not shown again by a reload, though it was not copied', async () => {
    const { page, leave } = await visit(browser)
    const { token } = await makeKey(page)

    await page.reload()

    expect(await traceOf(page)).not.toContain(token)
    await leave()
  })

  it('is made once and shown once, however often the form is sent', async () => {
    const { page, leave } = await visit(browser)
    const name = aName('twice')
    await page.goto(`${keysPath()}/new`)
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByRole('button', { name: 'Create key' }).click()
    const { token, copy, close } = await shownOnce(page)
    expect(await close.isDisabled()).toBe(true)
    await copy.click()

    await page.reload()

    expect(await traceOf(page)).not.toContain(token)
    expect(await page.locator('main').textContent()).toContain('You already sent this form')
    await page.goto(`${keysPath()}?search=${encodeURIComponent(name)}`)
    expect(await page.getByRole('link', { name }).count()).toBe(1)
    await leave()
  })

  it('goes into the header of the command that is copied and nowhere else, whatever path a member chose', async () => {
    const { url, rootKey, seeded } = inject('console')
    const ask = callWith(url, rootKey)
    const place = { name: aName('chosen path'), tag: 'test', scopes: [] }
    const { id } = await ask<{ id: string }>('POST', `/v1/projects/${seeded.projectId}/environments`, place)
    const upstream = { url: 'https://api.example.com' }
    const path = '/api/$KEYWARD_KEY@evil.example&true'
    await ask('PUT', `/v1/environments/${id}/routes`, { routes: [{ methods: ['GET'], path, scopes: [], upstream }] })
    const { page, leave } = await visit(browser)
    await page.goto(`${keysPath(id)}/new`)
    await page.getByLabel('Name', { exact: true }).fill('copied')
    await page.getByRole('button', { name: 'Create key' }).click()
    const { token, once } = await shownOnce(page)

    await once.locator('[data-copy-with-token]').click()
    await once.getByText('Copied').waitFor()

    const command = await clipboardOf(page)
    expect(command).toBe(`curl '${url}${path}' \\\n  -H "Authorization: Bearer ${token}"`)
    expect(await once.locator('figure pre code').textContent()).toBe(command.replace(token, () => '$KEYWARD_KEY'))
    await leave()
  })

  it('is shown without script as well, where Close is a plain link', async () => {
    const { page, leave } = await visit(browser, { javaScriptEnabled: false })
    const { name, token, close } = await makeKey(page)
    expect(token).toMatch(TOKEN)
    expect(await verdictOn(token)).toMatchObject({ valid: true })

    await close.click()

    await page.getByRole('link', { name }).waitFor()
    expect(new URL(page.url()).pathname).toBe(keysPath())
    await leave()
  })

  it('has a line that turns when the key is first used', async () => {
    const { page, leave } = await visit(browser)
    const { token, once } = await makeKey(page)
    expect(await once.locator('.is-used').count()).toBe(0)

    await verdictOn(token)

    await once.locator('.is-used').waitFor({ timeout: 15_000 })
    await leave()
  })

  it.each(['light', 'dark'] as const)(
    'is shown in a dialog that axe-core finds no fault with (%s)',
    async (colorScheme) => {
      const { page, leave } = await visit(browser, { colorScheme })
      await page.goto(keysPath())
      await page.getByRole('link', { name: 'New key' }).click()
      await page.getByLabel('Name', { exact: true }).fill(aName('axe'))
      const empty = await violationsOn(page)
      await picture(page, `dialog-new-key-${colorScheme}`)
      await page.getByRole('button', { name: 'Create key' }).click()
      await shownOnce(page)
      const shown = await violationsOn(page)
      await picture(page, `dialog-created-${colorScheme}`)

      expect([...empty, ...shown]).toEqual([])
      await leave()
    },
  )

  it('fits into a narrow window', async () => {
    const { page, leave } = await visit(browser, { viewport: { width: 360, height: 740 } })
    const { copy } = await makeKey(page)

    await picture(page, 'dialog-created-narrow')

    expect(await copy.isVisible()).toBe(true)
    await leave()
  })
})
