import { describe, expect, it } from 'vitest'
import { createAuditEvent } from '../../src/core/audit.ts'
import { newId } from '../../src/core/ids.ts'
import { deleteProject, findProject } from '../../src/store/projects.ts'
import { aCaller, anEnvironment, aProject, eventsOf, NOON, testDeps } from '../support/factory.ts'

describe('deleteProject', () => {
  it('is refused by the statement itself when an environment came after the caller had looked', async () => {
    const deps = testDeps()
    const project = await aProject(deps)
    await anEnvironment(deps, { project })
    const change = { action: 'project.deleted', projectId: project.id } as const
    const event = createAuditEvent({ id: newId('event'), at: NOON }, aCaller(), change)

    const deleted = await deleteProject(deps.db, project, event)

    expect(deleted).toBe(false)
    expect(await findProject(deps.db, project.id)).toEqual(project)
    expect(await eventsOf(deps, { projectId: project.id, action: 'project.deleted' })).toEqual([])
  })
})
