import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, visit } from '../support/browser.ts'
import { keysPath } from '../support/new-key.ts'

const KIB = 1024

describe('a page of the console', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  it('weighs at most 40 KB compressed when nothing is cached, in at most 14 requests', async () => {
    const { page, context, leave } = await visit(browser)
    const parts: Promise<{ path: string; bytes: number }>[] = []
    context.on('response', (response) => {
      const path = new URL(response.url()).pathname
      parts.push(response.body().then((body) => ({ path, bytes: gzipSync(body, { level: 6 }).length })))
    })

    await page.goto(keysPath(), { waitUntil: 'networkidle' })

    const loaded = await Promise.all(parts)
    console.log(loaded.map(({ path, bytes }) => `${(bytes / KIB).toFixed(1)} KiB ${path}`).join('\n'))
    expect(loaded.length).toBeLessThanOrEqual(14)
    expect(loaded.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(40_000)
    await leave()
  })

  it('loads nothing a second time but itself, when it is opened again', async () => {
    const { page, context, leave } = await visit(browser)
    await page.goto(keysPath(), { waitUntil: 'networkidle' })
    const again: string[] = []
    context.on('response', (response) => {
      const request = response.request()
      // What comes from the browser's cache was not sent for, and has no time of sending. The icon is asked for apart.
      const wasSent = request.timing().requestStart > 0 && !request.url().includes('/icon.svg')
      if (wasSent) again.push(request.resourceType())
    })

    await page.goto(keysPath(), { waitUntil: 'networkidle' })

    expect(again).toEqual(['document'])
    await leave()
  })
})
