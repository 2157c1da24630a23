import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launch, picture, visit } from '../support/browser.ts'

describe('a member', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  it('is not shown what only an admin may do', async () => {
    const { page, leave } = await visit(browser, { as: 'member' })
    const { projectId, environmentId } = inject('console').seeded

    await page.goto(`/console/projects/${projectId}`)
    const offered = await page.getByRole('link').allInnerTexts()
    expect(offered.map((text) => text.trim())).not.toContain('Audit log')
    expect(offered.map((text) => text.trim())).not.toContain('Management keys')
    expect(offered.join()).not.toContain('New environment')
    await page.goto(`/console/environments/${environmentId}/settings`)
    await picture(page, 'settings-member')

    expect(await page.getByRole('button', { name: /Save|Delete/ }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Revoke all these keys' }).count()).toBe(1)
    await leave()
  })

  it.each([
    '/console/audit-log',
    '/console/audit-log/export.csv',
    '/console/audit-log/export.ndjson',
    '/console/management-keys',
    '/console/management-keys/new',
  ])('is refused %s', async (path) => {
    const { page, leave } = await visit(browser, { as: 'member' })

    const response = await page.goto(path)

    expect(response?.status()).toBe(403)
    expect(response?.headers()['content-disposition']).toBeUndefined()
    await leave()
  })

  it('is refused what an admin may do when it is sent all the same', async () => {
    const { page, leave } = await visit(browser, { as: 'member' })
    const { projectId, environmentId } = inject('console').seeded
    const environment = `/console/environments/${environmentId}`
    await page.goto('/console/projects')
    const forms: [string, Record<string, string>][] = [
      ['/console/projects/new', { name: 'Mine' }],
      [`/console/projects/${projectId}/environments/new`, { name: 'Mine', tag: 'mine', template: 'data-api' }],
      [`${environment}/settings/general`, { name: 'Mine', tag: 'mine' }],
      [`${environment}/settings/scopes`, { intent: 'save' }],
      [`${environment}/settings/freshness`, { 'bounds.maxStalenessMs': '60000', onUnknown: 'deny' }],
      [`${environment}/settings/browsers`, { browserOrigins: 'https://evil.example' }],
      [`${environment}/settings/delete`, { confirm: 'Production' }],
      ['/console/management-keys/new', { name: 'Mine', role: 'admin', formId: crypto.randomUUID() }],
    ]

    const statuses: [string, number][] = []
    for (const [path, fields] of forms) {
      const body = new URLSearchParams(fields).toString()
      const status: number = await page.evaluate(
        `fetch(${JSON.stringify(path)}, { method: 'POST', body: new URLSearchParams(${JSON.stringify(body)}) }).then(({ status }) => status)`,
      )
      statuses.push([path, status])
    }

    expect(statuses).toEqual(forms.map(([path]) => [path, 403]))
    await leave()
  })
})

describe('a visitor who is not signed in', () => {
  it('is led to the door by every page, and after it to where they were going', async () => {
    const browser = await launch()
    const { page, leave } = await visit(browser, { as: 'nobody' })
    const { environmentId } = inject('console').seeded

    await page.goto(`/console/environments/${environmentId}/settings`)

    expect(new URL(page.url()).pathname).toBe('/console/sign-in')
    await page.getByRole('textbox').or(page.locator('input[name=key]')).first().fill(inject('console').rootKey)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/settings$/)
    await leave()
    await browser.close()
  })
})
