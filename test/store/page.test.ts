import { describe, expect, it } from 'vitest'
import { listEnvironments } from '../../src/service/environments.ts'
import { createProject } from '../../src/service/projects.ts'
import { listApiKeys } from '../../src/store/api-key-lists.ts'
import { findEvents } from '../../src/store/audit-events.ts'
import { listManagementKeys } from '../../src/store/management-keys.ts'
import type { Page, PageRequest } from '../../src/store/page.ts'
import { listProjects } from '../../src/store/projects.ts'
import {
  aCaller,
  aManagementKey,
  anEnvironment,
  aProject,
  aStoredKey,
  everyPage,
  NOON,
  testDeps,
} from '../support/factory.ts'

const deps = testDeps()

const LISTS: [string, (page: PageRequest) => Promise<Page<unknown>>][] = [
  ['projects', (page) => listProjects(deps.db, page)],
  ['environments', async (page) => listEnvironments(deps, aCaller(), (await aProject(deps)).id, page)],
  ['keys', (page) => listApiKeys(deps.db, { environmentId: 'env_x' }, page, NOON)],
  ['management keys', (page) => listManagementKeys(deps.db, page)],
  ['audit events', (page) => findEvents(deps.db, {}, page)],
]
const encoded = (text: string) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
const NOT_CURSORS = [
  ['empty', ''],
  ['not base64url', '!!!'],
  ['padded', `${encoded('key_1')}=`],
  ['not UTF-8', encoded('\xff\xfe')],
  ['of three parts', encoded('1 evt_1 x')],
  ['base64url of anything', encoded('hello')],
  ['base64url of any two words', encoded('hello there')],
]

describe.each(LISTS)('a page of %s', (_what, list) => {
  it.each(NOT_CURSORS)('refuses a cursor that is %s', async (_why, cursor) => {
    await expect(list({ limit: 10, cursor })).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ path: 'cursor' }],
    })
  })
})

describe('paging', () => {
  it('refuses the cursor of a list of another kind', async () => {
    for (let count = 0; count < 2; count += 1) await aProject(deps)
    const { nextCursor: cursorOfEvents } = await findEvents(deps.db, {}, { limit: 1, cursor: null })
    const { nextCursor: cursorOfProjects } = await listProjects(deps.db, { limit: 1, cursor: null })

    await expect(listProjects(deps.db, { limit: 1, cursor: cursorOfEvents })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    await expect(findEvents(deps.db, {}, { limit: 1, cursor: cursorOfProjects })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it('visits every project, environment, management key and event once, newest first', async () => {
    const project = await aProject(deps)
    for (let count = 0; count < 5; count += 1) {
      const { environment } = await aStoredKey(deps, { environment: await anEnvironment(deps, { project }) })
      await aManagementKey(deps, { environmentId: environment.id })
      await createProject(deps, aCaller(), { name: `project ${count}` })
    }

    for (const list of [
      (page: PageRequest): Promise<Page<{ id: string }>> => listProjects(deps.db, page),
      (page: PageRequest) => listEnvironments(deps, aCaller(), project.id, page),
      (page: PageRequest) => listManagementKeys(deps.db, page),
      (page: PageRequest) => findEvents(deps.db, {}, page),
    ]) {
      const ids = (await everyPage(2, list)).map(({ id }) => id)
      expect(ids.length).toBeGreaterThanOrEqual(5)
      expect(ids).toEqual((await list({ limit: 100, cursor: null })).items.map(({ id }) => id))
      expect(ids).toEqual([...new Set(ids)].sort().reverse())
    }
  })
})
