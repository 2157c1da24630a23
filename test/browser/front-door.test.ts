import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { callWith } from '../../scripts/management-api.ts'
import { launch, picture, violationsOn, visit } from '../support/browser.ts'
import { aName } from '../support/seed-console.ts'

type Route = { methods: string[]; path: string; scopes: string[]; upstream: unknown; timeoutMs: number }

describe('the front door of an environment', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await launch()
  })

  afterAll(() => browser?.close())

  const ask = () => callWith(inject('console').url, inject('console').rootKey)

  /** An environment of its own for each test, with the routes of a template. */
  async function anEnvironment(template?: string): Promise<string> {
    const { projectId } = inject('console').seeded
    const body = { name: aName('door'), tag: 'test', ...(template ? { template } : {}) }
    return (await ask()<{ id: string }>('POST', `/v1/projects/${projectId}/environments`, body)).id
  }

  const routesOf = async (id: string) =>
    (await ask()<{ routes: Route[] }>('GET', `/v1/environments/${id}/routes`)).routes

  const block = (page: Page, index: number) => page.locator('fieldset[data-row]').nth(index)

  it.each([true, false])(
    'saves a table to which routes were added and from which one was removed (script: %s)',
    async (javaScriptEnabled) => {
      const { page, leave } = await visit(browser, { javaScriptEnabled })
      const id = await anEnvironment('data-api')
      await page.goto(`/console/environments/${id}/routes`)
      await page.getByRole('link', { name: 'Edit routes' }).click()

      await page.getByRole('button', { name: /^Remove Route 3/ }).click()
      await page.getByRole('button', { name: 'Add a route' }).click()
      const added = block(page, 2)
      await added.getByLabel('Methods').fill('get post')
      await added.getByLabel('Path').fill('/api/reports/:id')
      await added.getByLabel('Upstream').fill('https://reports.example.com')
      await added.getByRole('checkbox', { name: 'write' }).check()
      await page.getByRole('button', { name: 'Save routes' }).click()

      await page.getByText(/Routes saved. They take effect everywhere within 5 s/).waitFor()
      expect((await routesOf(id)).map(({ methods, path, scopes }) => ({ methods, path, scopes }))).toEqual([
        { methods: ['GET'], path: '/api/rest/*', scopes: ['read'] },
        { methods: ['*'], path: '/api/rest/*', scopes: ['write'] },
        { methods: ['GET', 'POST'], path: '/api/reports/:id', scopes: ['write'] },
      ])
      await leave()
    },
  )

  it('says beside each field what is wrong with it, keeps what was typed, and saves nothing', async () => {
    const { page, leave } = await visit(browser)
    const id = await anEnvironment('data-api')
    const before = await routesOf(id)
    await page.goto(`/console/environments/${id}/routes/edit`)

    await block(page, 0).getByLabel('Path').fill('/elsewhere')
    await block(page, 1).getByLabel('Upstream').fill('http://10.0.0.1/')
    await block(page, 1).getByLabel('Methods').fill('FETCH IT')
    await block(page, 2).getByLabel('Methods').fill('')
    await page.locator('form.row-form').evaluate((form) => form.setAttribute('novalidate', ''))
    await page.getByRole('button', { name: 'Save routes' }).click()

    await page.getByRole('alert').waitFor()
    expect(await block(page, 0).textContent()).toContain('must begin with /api/')
    expect(await block(page, 0).getByLabel('Path').inputValue()).toBe('/elsewhere')
    expect(await block(page, 1).textContent()).toMatch(/private, link-local/)
    expect(await block(page, 2).textContent()).toContain('must hold at least one method')
    await page.getByRole('alert').getByRole('link', { name: 'Route 1, path' }).click()
    expect(
      await block(page, 0)
        .getByLabel('Path')
        .evaluate((field) => field.matches(':focus, :target')),
    ).toBe(true)
    expect(await violationsOn(page)).toEqual([])
    await picture(page, 'routes-edit-refused')
    expect(await routesOf(id)).toEqual(before)
    await leave()
  })

  it('does not lose what somebody else saved meanwhile', async () => {
    const { page, leave } = await visit(browser)
    const id = await anEnvironment('data-api')
    await page.goto(`/console/environments/${id}/routes/edit`)
    const [first] = await routesOf(id)
    await ask()('PUT', `/v1/environments/${id}/routes`, { routes: [first] })

    await page.getByRole('button', { name: 'Save routes' }).click()

    await page.getByText('This was changed after you opened it').waitFor()
    expect(await routesOf(id)).toEqual([first])
    await leave()
  })

  it.each([
    ['GET', '/api/recommendations?context_id=x', 'active', 'passes'],
    ['POST', '/api/items', 'active', 'insufficient_scope'],
    ['GET', '/api/nothing', 'active', 'no_route'],
    ['GET', '/api/recommendations', 'revoked', 'bad_key'],
    ['GET', '/api//recommendations', 'active', 'bad_path'],
  ] as const)('tells what %s %s with a key that is %s would do: %s', async (method, path, key, outcome) => {
    const { page, leave } = await visit(browser)
    const { environmentId, keys } = inject('console').seeded
    await page.goto(`/console/environments/${environmentId}/routes`)

    await page.getByLabel('Method', { exact: true }).fill(method)
    await page.getByLabel('Path').fill(path)
    await page.getByRole('combobox', { name: /^Key/ }).fill(keys[key])
    await page.getByRole('button', { name: 'Try it' }).click()

    await page.locator(`[data-verdict=${outcome}]`).waitFor()
    expect(new URL(page.url()).search).toBe('')
    await picture(page, `routes-tried-${outcome}`)
    expect(await violationsOn(page)).toEqual([])
    await leave()
  })

  it('takes no token for the name of a key, and does not show it again', async () => {
    const { page, leave } = await visit(browser)
    const { environmentId } = inject('console').seeded
    await page.goto(`/console/environments/${environmentId}/routes`)
    const pasted = 'nsl_4fK9aZ2q_0123456789abcdefghijklmnopqr'

    const field = page.getByRole('combobox', { name: /^Key/ })
    await field.evaluate((input) => input.removeAttribute('maxlength'))
    await field.fill(pasted)
    await page.getByLabel('Path').fill('/api/recommendations')
    await page.getByRole('button', { name: 'Try it' }).click()

    await page.getByRole('alert').waitFor()
    expect(await page.content()).not.toContain('0123456789abcdef')
    expect(page.url()).not.toContain('0123456789abcdef')
    await leave()
  })

  it('shows which surfaces inherit, previews without saving, and saves', async () => {
    const { page, leave } = await visit(browser)
    const id = await anEnvironment('recommendations')
    const controls = `/v1/environments/${id}/rerank-controls`
    await page.goto(`/console/environments/${id}/rerank-controls`)
    await page.getByRole('link', { name: 'New context' }).click()
    await page.getByLabel('Context id').fill('home:v1')
    await page.getByLabel('Mode').nth(1).selectOption('aggressive')
    await page.getByLabel('Depth').nth(1).fill('500')

    await page.getByRole('button', { name: 'Preview' }).click()

    const rows = page.locator('[data-preview] tbody tr')
    await rows.first().waitFor()
    expect((await rows.allTextContents()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
      'no surface (recommendations)balanced50the default',
      'searchaggressive100its own preset',
      'resultsbalanced50the default',
      'recommendationsbalanced50the default',
    ])
    expect(await ask()('GET', controls)).toMatchObject({ data: [] })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Rerank controls of “home:v1” saved.').waitFor()
    expect(await ask()('GET', `${controls}/home:v1`)).toEqual({
      global_default: { surface: 'recommendations', rerank_mode: 'balanced', rerank_depth: 50 },
      surface_presets: { search: { rerank_mode: 'aggressive', rerank_depth: 500 } },
    })

    await page.getByRole('link', { name: 'home:v1' }).click()
    await page.getByLabel('Mode').nth(1).selectOption('inherit')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Rerank controls of “home:v1” saved.').waitFor()
    expect(await ask()('GET', `${controls}/home:v1`)).not.toHaveProperty('surface_presets')
    await leave()
  })

  it('does not overwrite a context by a new one of the same id', async () => {
    const { page, leave } = await visit(browser)
    const { environmentId } = inject('console').seeded
    await page.goto(`/console/environments/${environmentId}/rerank-controls/new`)

    await page.getByLabel('Context id').fill('homepage')
    await page.getByRole('button', { name: 'Save' }).click()

    expect(await page.getByRole('alert').textContent()).toContain('has controls already')
    await leave()
  })
})
