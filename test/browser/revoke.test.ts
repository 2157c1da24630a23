import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { callWith } from '../../scripts/management-api.ts'
import { launch, picture, visit } from '../support/browser.ts'
import { keysPath, makeKey } from '../support/new-key.ts'

describe('revoking a key', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  it('asks for the name, says when it holds, and counts down to dead everywhere', async () => {
    const { page, leave } = await visit(browser)
    const { url, rootKey } = inject('console')
    const { name, token, copy, close } = await makeKey(page)
    await copy.click()
    await close.click()
    await page.getByRole('link', { name }).click()
    await page.getByRole('link', { name: 'Revoke' }).click()
    const dialog = page.locator('dialog')
    const revoke = dialog.getByRole('button', { name: 'Revoke key' })
    await revoke.waitFor()
    expect(await dialog.textContent()).toContain('within 5 s')
    expect(await revoke.isDisabled()).toBe(true)
    await dialog.getByRole('textbox', { name: /^Type/ }).fill(`${name}!`)
    expect(await revoke.isDisabled()).toBe(true)

    await dialog.getByRole('textbox', { name: /^Type/ }).fill(name)
    await picture(page, 'dialog-revoke')
    await revoke.click()

    const receipt = page.locator('.receipt')
    await receipt.waitFor()
    expect(await receipt.textContent()).toMatch(/Dead everywhere in at most [1-5] s/)
    await picture(page, 'key-dying')
    await receipt.getByText('Dead everywhere.', { exact: true }).waitFor({ timeout: 10_000 })
    const verdict = await callWith(url, rootKey)('POST', '/v1/keys/verify', { token })
    expect(verdict).toMatchObject({ valid: false, code: 'revoked' })
    await leave()
  })

  it('of a whole environment asks for its name, and shows its receipt', async () => {
    const { page, leave } = await visit(browser)
    const { url, rootKey, seeded } = inject('console')
    const ask = callWith(url, rootKey)
    const environment = await ask<{ id: string }>('POST', `/v1/projects/${seeded.projectId}/environments`, {
      name: 'Leaked',
      tag: 'test',
      template: 'data-api',
    })
    await ask('POST', `/v1/environments/${environment.id}/keys`, { name: 'leaked', scopes: ['read'] })
    await page.goto(`/console/environments/${environment.id}/settings`)
    const section = page.locator('#revoke-keys')
    const button = section.getByRole('button', { name: 'Revoke all these keys' })
    expect(await button.isDisabled()).toBe(true)

    await section.getByRole('textbox', { name: /^Type/ }).fill('Leaked')
    await button.click()

    await page.getByText('Keys revoked: 1.').waitFor()
    await page.goto(keysPath(environment.id))
    expect(await page.locator('main').textContent()).toContain('Revoked')

    await page.goto(`/console/environments/${environment.id}/settings`)
    await page.locator('#delete').getByRole('textbox', { name: /^Type/ }).fill('Leaked')
    await page.getByRole('button', { name: 'Delete the environment' }).click()
    await page.waitForURL(new RegExp(`/projects/${seeded.projectId}$`))
    expect(await page.getByRole('status').first().textContent()).toContain('is deleted')
    await leave()
  })
})
