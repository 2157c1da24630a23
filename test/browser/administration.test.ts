import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { callWith } from '../../scripts/management-api.ts'
import { launch, picture, violationsOn, visit } from '../support/browser.ts'
import { shownOnce, traceOf } from '../support/new-key.ts'
import { aName, HOSTILE } from '../support/seed-console.ts'

describe('an admin', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  const ask = () => callWith(inject('console').url, inject('console').rootKey)

  it('narrows the audit log, and sees what an event changed', async () => {
    const { page, leave } = await visit(browser)
    const { projectId, keys } = inject('console').seeded
    await page.goto('/console/audit-log')

    await page.getByLabel('Project').selectOption(projectId)
    await page.getByLabel('Action').selectOption('key.revoked')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.waitForURL(/action=key.revoked/)
    const events = page.locator('.event')
    const texts = await events.allTextContents()
    expect(texts.length).toBeGreaterThan(0)
    expect(texts.filter((text) => !text.includes('Revoked the key'))).toEqual([])
    await page.goto(`/console/audit-log?keyId=${keys.revoked}&action=key.revoked`)
    await events.first().locator('summary').click()
    await picture(page, 'audit-log-event')

    expect(await events.first().locator('.changes').textContent()).toContain('no_longer_used')
    expect(await violationsOn(page)).toEqual([])
    await leave()
  })

  it('goes through the whole log page by page', async () => {
    const { page, leave } = await visit(browser)
    const { id } = await ask()<{ id: string }>('POST', '/v1/projects', { name: aName('renamed') })
    for (let time = 0; time < 30; time += 1) await ask()('PATCH', `/v1/projects/${id}`, { name: aName('renamed') })
    await page.goto(`/console/audit-log?projectId=${id}`)
    const events = page.locator('.event')
    const first = await events.allTextContents()

    await page.getByRole('link', { name: 'Next' }).click()
    await page.getByRole('link', { name: 'First page' }).waitFor()

    expect(first).toHaveLength(25)
    expect(await events.count()).toBe(6)
    expect(first).not.toContain(await events.last().textContent())
    await leave()
  })

  it.each(['CSV', 'NDJSON'])('takes what the filter found along as %s', async (format) => {
    const { page, leave } = await visit(browser)
    // An environment of its own: other tests create keys in the seeded ones meanwhile.
    const project = await ask()<{ id: string }>('POST', '/v1/projects', { name: aName('exported') })
    const place = `/v1/projects/${project.id}/environments`
    const { id: environmentId } = await ask()<{ id: string }>('POST', place, {
      name: 'Exported',
      tag: 'dev',
      template: 'data-api',
    })
    for (const name of ['plain', HOSTILE.image])
      await ask()('POST', `/v1/environments/${environmentId}/keys`, { name, scopes: ['read'] })
    await page.goto(`/console/audit-log?environmentId=${environmentId}&action=key.created`)

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: `Export ${format}` }).click(),
    ])

    const text = await readFile(await download.path(), 'utf8')
    const lines = text.trimEnd().split(format === 'CSV' ? '\r\n' : '\n')
    expect(download.suggestedFilename()).toBe(`audit-log.${format.toLowerCase()}`)
    expect(lines).toHaveLength((await page.locator('.event').count()) + (format === 'CSV' ? 1 : 0))
    if (format === 'NDJSON') expect(JSON.parse(lines[0] ?? '')).toMatchObject({ action: 'key.created', environmentId })
    else expect(text).toContain(`""name"":""${HOSTILE.image}""`)
    await leave()
  })

  it('makes a management key, sees it once, and revokes it by its name', async () => {
    const { page, leave } = await visit(browser)
    const name = aName('deploy bot')
    await page.goto('/console/management-keys')
    await page.getByRole('link', { name: 'New management key' }).click()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByRole('radio', { name: /^member/ }).check()
    await page.getByRole('button', { name: 'Create management key' }).click()
    const { token, copy, close } = await shownOnce(page)
    expect(token).toMatch(/^nslm_/)
    expect(await close.isDisabled()).toBe(true)
    expect(await violationsOn(page)).toEqual([])
    await picture(page, 'dialog-management-key')

    await copy.click()
    await close.click()

    const row = page.getByRole('row', { name: new RegExp(name) })
    await row.waitFor()
    expect(await traceOf(page)).not.toContain(token.slice(-20))
    const asMember = callWith(inject('console').url, token)
    await asMember('GET', `/v1/environments/${inject('console').seeded.environmentId}`)
    await row.getByRole('link', { name: /^Revoke/ }).click()
    await page.locator('dialog').getByRole('textbox', { name: /^Type/ }).fill(name)
    await page.locator('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText(`Management key “${name}” revoked.`).waitFor()
    expect(await row.textContent()).toContain('Revoked')
    await leave()
  })

  it('makes an SDK credential, sees its secret once, and takes it along as a file', async () => {
    const { page, leave } = await visit(browser)
    const { url, seeded } = inject('console')
    const name = aName('sdk')
    await page.goto(`/console/environments/${seeded.environmentId}/credentials`)
    await page.getByRole('link', { name: 'New credential' }).first().click()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByRole('checkbox', { name: /^events/ }).check()
    await page.getByRole('button', { name: 'Create credential' }).click()
    const { token, close } = await shownOnce(page)
    expect(await violationsOn(page)).toEqual([])
    await picture(page, 'dialog-credential')

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as .env' }).click(),
    ])

    const file = Object.fromEntries(
      (await readFile(await download.path(), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    )
    expect(file).toEqual({ KEYWARD_CLIENT_ID: expect.stringMatching(/^cred_/), KEYWARD_CLIENT_SECRET: token })
    const answer = await fetch(`${url}/oauth2/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${file['KEYWARD_CLIENT_ID']}:${token}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    expect(await answer.json()).toMatchObject({ token_type: 'Bearer', scope: 'events' })
    if (await close.isDisabled()) await page.locator('[data-copy-token]').click()
    await close.click()
    await page.getByRole('link', { name }).waitFor()
    expect(await traceOf(page)).not.toContain(token.slice(-20))
    await leave()
  })

  it('is out of the console as soon as the key behind the session is revoked', async () => {
    const { context, page, leave } = await visit(browser, { as: 'nobody' })
    const { managementKey, token } = await ask()<{ managementKey: { id: string }; token: string }>(
      'POST',
      '/v1/management-keys',
      { name: aName('soon gone'), role: 'admin' },
    )
    await page.goto('/console/sign-in')
    await page.locator('input[name=key]').fill(token)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/console\/projects$/)
    expect(JSON.stringify(await context.storageState())).not.toContain(token)

    await ask()('POST', `/v1/management-keys/${managementKey.id}/revoke`, {})

    await page.goto('/console/projects')
    expect(new URL(page.url()).pathname).toBe('/console/sign-in')
    await leave()
  })

  it('changes the settings of an environment, and is told which scope a live key still holds', async () => {
    const { page, leave } = await visit(browser)
    const { projectId } = inject('console').seeded
    const { id } = await ask()<{ id: string }>('POST', `/v1/projects/${projectId}/environments`, {
      name: 'Adjusted',
      tag: 'test',
      template: 'data-api',
    })
    await ask()('POST', `/v1/environments/${id}/keys`, { name: 'holder', scopes: ['read'] })
    await ask()('PUT', `/v1/environments/${id}/routes`, { routes: [] })
    await page.goto(`/console/environments/${id}/settings`)

    await page.getByLabel('Tag').fill('qa')
    await page.getByRole('button', { name: 'Save name and tag' }).click()
    await page.getByText('Settings saved.').waitFor()
    await page.getByLabel('Maximum staleness, in ms').fill('2000')
    await page.getByRole('radio', { name: /^Keep accepting known keys/ }).check()
    await page.getByLabel('Grace, in seconds').fill('60')
    await page.getByRole('button', { name: 'Save staleness and grace' }).click()
    await page.getByText('Settings saved.').waitFor()
    await page.getByLabel(/^Origins/).fill('https://app.example.com\nhttp://localhost:3000')
    await page.getByRole('button', { name: 'Save origins' }).click()
    await page.getByText('Settings saved.').waitFor()
    await page.getByRole('button', { name: 'Remove the scope write' }).click()
    await page.getByRole('button', { name: 'Add a scope' }).click()
    await page.locator('.scope-row').last().getByLabel('Scope', { exact: true }).fill('export')
    await page.getByRole('button', { name: 'Save scopes' }).click()
    await page.getByText('Scopes saved.').waitFor()

    expect(await ask()('GET', `/v1/environments/${id}`)).toMatchObject({
      tag: 'qa',
      bounds: { maxStalenessMs: 2000, onUnknown: { graceSeconds: 60 } },
      browserOrigins: ['https://app.example.com', 'http://localhost:3000'],
      scopes: [{ name: 'read' }, { name: 'export', required: false }],
    })
    await page.getByRole('button', { name: 'Remove the scope read' }).click()
    await page.getByRole('button', { name: 'Save scopes' }).click()
    expect(await page.getByRole('alert').textContent()).toContain('"read" is still held by a live key')
    await picture(page, 'settings-refused')
    await leave()
  })

  it('says beside the field what a setting may not be', async () => {
    const { page, leave } = await visit(browser)
    const { environmentId } = inject('console').seeded
    const settings = `/console/environments/${environmentId}/settings`
    const refusals: [string, () => Promise<void>, string][] = [
      ['#general', () => page.getByLabel('Tag').fill('no spaces'), 'must begin with a letter or digit'],
      ['#freshness', () => page.getByLabel('Maximum staleness, in ms').fill('60001'), '60000'],
      ['#browsers', () => page.getByLabel(/^Origins/).fill('http://app.example.com'), 'must be https'],
      [
        '#revoke-keys',
        () =>
          page
            .getByRole('textbox', { name: 'Type Production to revoke all these keys' })
            .fill('Production')
            .then(() => page.getByLabel('Issued before, UTC').fill('2999-01-01T00:00')),
        'must not be in the future',
      ],
    ]

    for (const [section, fill, message] of refusals) {
      await page.goto(settings)
      await fill()
      await page.locator(`${section} form button[type=submit]`).last().click()
      await page.locator(`${section} [role=alert]`).waitFor()
      expect(await page.locator(section).textContent()).toContain(message)
      expect(await violationsOn(page)).toEqual([])
    }
    await leave()
  })

  it('signs out at the server: the cookie that was kept opens nothing', async () => {
    const { page, context, leave } = await visit(browser, { as: 'nobody' })
    await page.goto('/console/sign-in')
    await page.locator('input[name=key]').fill(inject('console').rootKey)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/console\/projects$/)
    const kept = await context.cookies()
    const session = kept.find(({ name }) => name === 'keyward')
    expect(session).toMatchObject({ httpOnly: true, secure: false, sameSite: 'Strict', path: '/' })

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/\/sign-in/)
    await context.addCookies(kept)
    await page.goto('/console/projects')

    expect(new URL(page.url()).pathname).toBe('/console/sign-in')
    await leave()
  })
})
