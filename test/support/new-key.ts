// Making a key as a person does, up to the moment at which its token is shown.
import type { Locator, Page } from 'playwright-core'
import { inject } from 'vitest'
import { aName } from './seed-console.ts'

export const keysPath = (environmentId = inject('console').seeded.environmentId) =>
  `/console/environments/${environmentId}/keys`

export type Made = { name: string; token: string; once: Locator; copy: Locator; close: Locator }

/** From the list of keys, in the dialog; or on the page of its own where there is no script. */
export async function makeKey(page: Page, name = aName('robot')): Promise<Made> {
  await page.goto(keysPath())
  await page.getByRole('link', { name: 'New key' }).click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('checkbox', { name: /^events/ }).check()
  await page.getByRole('button', { name: 'Create key' }).click()
  return { name, ...(await shownOnce(page)) }
}

/** What is shown of a token that was made just now. */
export async function shownOnce(page: Page): Promise<Omit<Made, 'name'>> {
  const once = page.locator('[data-once]')
  const token = ((await once.locator('[data-token]').textContent()) ?? '').trim()
  return {
    token,
    once,
    copy: once.locator('[data-copy-token]'),
    close: once.locator('[data-close]'),
  }
}

export const clipboardOf = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()')

/** Everything of the page in which a token could stay behind. */
export const traceOf = (page: Page): Promise<string> =>
  page.evaluate(`JSON.stringify([
    location.href, history.state, document.title, document.referrer, { ...localStorage }, { ...sessionStorage },
    document.cookie, performance.getEntries().map(({ name }) => name), document.documentElement.outerHTML,
  ])`)
