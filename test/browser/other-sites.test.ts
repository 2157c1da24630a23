import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { callWith } from '../../scripts/management-api.ts'
import { launch, visit } from '../support/browser.ts'
import { aName } from '../support/seed-console.ts'

describe('a page of another origin', () => {
  let browser: Browser
  let other: Server
  /** Another port is another origin and yet the same site: a strict cookie goes along, and is no defence. */
  let sameSite: string
  /** Another site altogether. */
  let crossSite: string

  beforeAll(async () => {
    browser = await launch()
    other = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html>'))
    await once(other.listen(0), 'listening')
    const { port } = other.address() as AddressInfo // it listens on a port
    sameSite = `http://localhost:${port}/`
    crossSite = `http://127.0.0.1:${port}/`
  })

  afterAll(async () => {
    await browser?.close()
    other?.close()
  })

  const projectNames = async () => {
    const { url, rootKey } = inject('console')
    const { data } = await callWith(url, rootKey)<{ data: { name: string }[] }>('GET', '/v1/projects?limit=100')
    return data.map(({ name }) => name)
  }

  /** Sends a form that makes a project, as the other page would. */
  async function sendForm(page: Page, name: string): Promise<number | undefined> {
    const { url } = inject('console')
    const [response] = await Promise.all([
      page.waitForResponse(`${url}/console/projects/new`),
      page.evaluate(`
        document.body.innerHTML = '<form method="post" action="${url}/console/projects/new"><input name="name" value="${name}">'
        document.forms[0].submit()`),
    ])
    return response.status()
  }

  it.each(['same site', 'cross site'])('cannot send a form in the name of who is signed in (%s)', async (which) => {
    const { page, context } = await visit(browser)
    const name = aName('forged')
    await page.goto(which === 'same site' ? sameSite : crossSite)

    const status = await sendForm(page, name)

    expect(status).toBe(403)
    expect(await projectNames()).not.toContain(name)
    await context.close()
  })

  it.each(['same site', 'cross site'])('cannot send or read by script either (%s)', async (which) => {
    const { page, context } = await visit(browser)
    const { url } = inject('console')
    const name = aName('fetched')
    await page.goto(which === 'same site' ? sameSite : crossSite)

    const outcomes = await page.evaluate(`Promise.allSettled([
      fetch('${url}/console/projects/new', { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ name: '${name}' }) })
        .then(({ type }) => type),
      fetch('${url}/console/projects/new', { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'name=${name}' })
        .then(({ type }) => type),
      fetch('${url}/console/projects', { credentials: 'include' }).then(({ type }) => type),
      fetch('${url}/console/projects', { credentials: 'include', headers: { 'Keyward-Fragment': '1' } }).then(({ type }) => type),
    ]).then((all) => all.map(({ status, value }) => value ?? status))`)

    expect(outcomes).toEqual([
      expect.stringMatching(/opaque|rejected/),
      expect.stringMatching(/opaque|rejected/),
      'rejected',
      'rejected',
    ])
    expect(await projectNames()).not.toContain(name)
    await context.close()
  })

  it('is never a frame around the console', async () => {
    const { page, context } = await visit(browser)
    const { url } = inject('console')
    await page.goto(sameSite)

    await page.evaluate(`
      document.body.innerHTML = '<iframe src="${url}/console/projects"></iframe>'
      new Promise((resolve) => { document.querySelector('iframe').onload = resolve })`)

    const framed = page.frames().find((frame) => frame !== page.mainFrame())
    expect(
      await framed
        ?.locator('body')
        .textContent()
        .catch(() => ''),
    ).not.toContain('Projects')
    await context.close()
  })

  it('may link to the console, whose page then opens for who is signed in', async () => {
    const { page, context } = await visit(browser)
    const { url, seeded } = inject('console')
    await page.goto(crossSite)

    await page.evaluate(`location.assign('${url}/console/projects/${seeded.projectId}')`)

    await page.getByRole('heading', { name: 'Storefront' }).waitFor()
    await context.close()
  })
})
