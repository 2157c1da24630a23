import { describe, expect, it } from 'vitest'
import { readAuditLog, walkAuditLog } from '../../src/service/audit-log.ts'
import { createProject, editProject } from '../../src/service/projects.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import type { AuditFilter } from '../../src/store/audit-events.ts'
import {
  aCaller,
  anEnvironment,
  aProject,
  aStoredKey,
  eventsOf,
  FIRST_PAGE,
  NOON,
  testDeps,
} from '../support/factory.ts'

describe('readAuditLog', () => {
  it('takes from as the first moment and to as the first moment after', async () => {
    const deps = testDeps()
    const project = await aProject(deps)
    for (const afterMs of [1, 2, 3]) {
      deps.setTime(NOON + afterMs)
      await editProject(deps, aCaller(), project.id, { name: `name ${afterMs}` })
    }

    const events = await eventsOf(deps, { projectId: project.id, from: NOON + 1, to: NOON + 3 })

    expect(events.map(({ at }) => at - NOON)).toEqual([1, 2])
  })

  it('narrows by any subject, action and actor, and by all of them together', async () => {
    const deps = testDeps()
    const { key, environment } = await aStoredKey(deps)
    await aStoredKey(deps, { environment })
    await anEnvironment(deps)
    await revokeKey(deps, aCaller({ role: 'member' }), key.id, {})
    const { projectId, environmentId } = key
    const actions = async (filter: AuditFilter) => (await eventsOf(deps, filter)).map(({ action }) => action)

    expect(await actions({ keyId: key.id })).toEqual(['key.created', 'key.revoked'])
    expect(await actions({ environmentId })).toEqual([
      'environment.created',
      'key.created',
      'key.created',
      'key.revoked',
    ])
    expect(await actions({ projectId, action: 'project.created' })).toEqual(['project.created'])
    expect(await actions({ projectId, actor: 'mk_test' })).toEqual(['key.revoked'])
    expect(await actions({ keyId: key.id, actor: 'root', action: 'key.revoked' })).toEqual([])
  })

  it('keeps the name and role-independent identity the actor had then', async () => {
    const deps = testDeps()
    const { id } = await createProject(deps, aCaller({ role: 'admin' }), { name: 'x' })

    expect((await readAuditLog(deps, aCaller(), { projectId: id }, FIRST_PAGE)).items).toMatchObject([
      {
        actor: { type: 'management_key', id: 'mk_test', name: 'test' },
        requestId: 'test-request',
        address: '203.0.113.7',
      },
    ])
  })
})

describe('walkAuditLog', () => {
  it('gives every event of the filter once, newest first, over as many pages as it takes', async () => {
    const deps = testDeps()
    const { id } = await aProject(deps)
    await deps.db.$client
      .prepare(
        `INSERT INTO audit_events (id, at, actor_type, actor_id, actor_name, action, project_id, request_id)
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2300)
         SELECT printf('evt_%026d', n), ?2 + n / 3, 'root', 'root', 'root key', 'project.updated', ?1, 'r' FROM numbers`,
      )
      .bind(id, NOON)
      .run()

    const sizes: number[] = []
    const ids: string[] = []
    for await (const events of walkAuditLog(deps, aCaller(), { projectId: id, action: 'project.updated' })) {
      sizes.push(events.length)
      ids.push(...events.map((event) => event.id))
    }

    expect(sizes).toEqual([1000, 1000, 300])
    expect(ids).toEqual([...new Set(ids)].sort().reverse())
  })

  it('is for admins', async () => {
    const walk = walkAuditLog(testDeps(), aCaller({ role: 'member' }), {})

    await expect(walk.next()).rejects.toMatchObject({ code: 'forbidden' })
  })
})
