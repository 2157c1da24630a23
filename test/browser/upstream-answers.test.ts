// What an upstream answers is shown by a browser at the console's own origin, where somebody is signed in. A browser's own
// requests are refused, so the test hands the answer to it, as an extension or a proxy that adds a key would.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { callWith } from '../../scripts/management-api.ts'
import { launch, visit } from '../support/browser.ts'
import { aName } from '../support/seed-console.ts'

const EVIL = `<!doctype html><title>at first</title><form method="post" action="/console/preferences"><button>go</button></form><script>
  document.title = 'a script ran'
  fetch('/console/projects').then((answer) => answer.text()).then((text) => {
    document.title = text.includes('Storefront') ? 'the console was read' : 'no console'
  })
</script>`

describe('a page that an upstream answers', () => {
  let browser: Browser
  let upstream: Server
  let token: string

  beforeAll(async () => {
    browser = await launch()
    upstream = createServer((_request, response) => {
      response.setHeader('Set-Cookie', ['keyward=taken; Path=/', '__Host-keyward=taken; Path=/; Secure', 'mine=1'])
      response.setHeader('Clear-Site-Data', '"*"')
      response.setHeader('Content-Type', 'text/html').end(EVIL)
    })
    await once(upstream.listen(0, '127.0.0.1'), 'listening')
    const { port } = upstream.address() as AddressInfo // it listens on a port
    const { url, rootKey, seeded } = inject('console')
    const ask = callWith(url, rootKey)
    const body = { name: aName('evil'), tag: 'test', template: 'data-api' }
    const { id } = await ask<{ id: string }>('POST', `/v1/projects/${seeded.projectId}/environments`, body)
    const route = { methods: ['GET'], path: '/api/evil', scopes: [], upstream: { url: `http://127.0.0.1:${port}` } }
    await ask('PUT', `/v1/environments/${id}/routes`, { routes: [route] })
    token = (await ask<{ token: string }>('POST', `/v1/environments/${id}/keys`, { name: 'x', scopes: ['read'] })).token
  })

  afterAll(async () => {
    await browser?.close()
    upstream?.close()
  })

  /** Shows the front door's answer at its own address, without the headers that are taken away. */
  async function show(page: Page, without: string[] = []): Promise<void> {
    const address = `${inject('console').url}/api/evil`
    const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` } })
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => !without.includes(name)))
    const body = await answer.text()
    expect(body).toBe(EVIL)
    await page.route(address, (route) => route.fulfill({ status: answer.status, headers, body }))
    await page.goto(address)
  }

  it('runs no script, has no origin, and changes nothing of the session', async () => {
    const { page, context } = await visit(browser)
    const before = await context.cookies()

    await show(page)

    expect(await page.title()).toBe('at first')
    expect(await page.evaluate('self.origin')).toBe('null')
    const after = await context.cookies()
    expect(after.filter(({ name }) => /keyward$/.test(name))).toEqual(
      before.filter(({ name }) => /keyward$/.test(name)),
    )
    await page.goto('/console/projects')
    await page.getByRole('heading', { name: 'Projects' }).waitFor()
    await context.close()
  })

  it('would read the console without the policy: the test can fail', async () => {
    const { page, context } = await visit(browser)

    await show(page, ['content-security-policy'])

    await expect.poll(() => page.title()).toBe('the console was read')
    await context.close()
  })

  it('is not for browsers that ask by themselves', async () => {
    const { page, context } = await visit(browser, { extraHTTPHeaders: { Authorization: `Bearer ${token}` } })

    const answer = await page.goto('/api/evil')

    expect(answer?.status()).toBe(403)
    expect(await answer?.text()).toContain('browser_not_allowed')
    await context.close()
  })
})
