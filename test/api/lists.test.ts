import { beforeAll, describe, expect, it } from 'vitest'
import { aKeyIn, aManagementKey, call, expectFaults, walkToKey } from '../support/client.ts'

const COUNT = 55

/** Each list, filled with more than a default page. */
const lists: Record<string, string> = {
  projects: '/v1/projects',
  environments: '',
  keys: '',
  'management keys': '/v1/management-keys',
  'audit events': '/v1/audit-events',
}
const NAMES = Object.keys(lists)

beforeAll(async () => {
  const { project, environment } = await walkToKey()
  lists['environments'] = `/v1/projects/${project.id}/environments`
  lists['keys'] = `/v1/environments/${environment.id}/keys`
  for (let n = 0; n < COUNT; n += 1) {
    await call('POST', '/v1/projects', { body: { name: `Project ${n}` } })
    await call('POST', `/v1/projects/${project.id}/environments`, { body: { name: `Environment ${n}`, tag: 'x' } })
    await aKeyIn(environment.id, { name: `Key ${n}` })
    await aManagementKey({ name: `Management key ${n}` })
  }
})

const page = (list: string, query = '') => call('GET', `${lists[list]}?${query}`)

async function allPages(list: string, limit: number) {
  const pages: { id: string; createdAt?: string; at?: string }[][] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { body } = await page(list, `limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
    pages.push(body.data)
    cursor = body.nextCursor
  }
  return pages
}

describe.each(NAMES)('the list of %s', (list) => {
  it('is an object of data and nextCursor', async () => {
    const { status, body } = await page(list)

    expect(status).toBe(200)
    expect(Object.keys(body).sort()).toEqual(['data', 'nextCursor'])
  })

  it.each([
    ['', 50],
    ['limit=1', 1],
    ['limit=50', 50],
  ])('asked with "%s" holds %i and a cursor for the rest', async (query, count) => {
    const { body } = await page(list, query)

    expect(body.data).toHaveLength(count)
    expect(body.nextCursor).toEqual(expect.any(String))
  })

  it('takes a limit of 100', async () => {
    expect((await page(list, 'limit=100')).body.data.length).toBeGreaterThan(50)
  })

  it('gives everything once, newest first, page by page', async () => {
    const pages = await allPages(list, 30)

    const ids = pages.flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBeGreaterThanOrEqual(COUNT)
    const times = pages.flat().map(({ createdAt, at }) => createdAt ?? at)
    expect(times).toEqual([...times].sort().reverse())
    expect(pages.slice(0, -1).every(({ length }) => length === 30)).toBe(true)
  })

  it.each(['0', '101', '999', '-1', '1.5', '', 'ten', '1e1', '%2B1', '%00', '1&limit=2', '99999999999999999999'])(
    'refuses limit=%s',
    async (limit) => {
      expectFaults(await page(list, `limit=${limit}`), ['limit'])
    },
  )

  it.each([
    ['empty', ''],
    ['text', 'next'],
    ['not base64url', '%F0%9F%98%80'],
    ['a NUL', '%00'],
    ['too long', 'a'.repeat(2000)],
    ['the encoding of something else', btoa('anything').replaceAll('=', '')],
    ['the encoding of two somethings', btoa('any thing').replaceAll('=', '')],
    ['given twice', 'a&cursor=b'],
  ])('refuses a cursor that is %s', async (_, cursor) => {
    expectFaults(await page(list, `cursor=${cursor}`), ['cursor'])
  })

  it('refuses the cursor of another list', async () => {
    for (const other of NAMES.filter((name) => name !== list)) {
      const { nextCursor } = (await page(other, 'limit=1')).body

      expectFaults(await page(list, `cursor=${nextCursor}`), ['cursor'])
    }
  })
})

describe('a cursor', () => {
  it('leads on from where it was given, whatever was added since', async () => {
    const first = (await page('projects', 'limit=2')).body
    await call('POST', '/v1/projects', { body: { name: 'Newer' } })

    const second = (await page('projects', `limit=1&cursor=${first.nextCursor}`)).body

    const three = (await page('projects', 'limit=4')).body.data
    expect(second.data).toEqual([three[3]])
  })
})
