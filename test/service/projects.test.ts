import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createEnvironment } from '../../src/service/environments.ts'
import { deleteProject, editProject, getProject, listProjects } from '../../src/service/projects.ts'
import { deleteEnvironment } from '../../src/service/revoke-environment.ts'
import { aCaller, anEnvironment, aProject, eventsOf, FIRST_PAGE, testDeps } from '../support/factory.ts'

describe('editProject', () => {
  it('renames, and records the name before and after', async () => {
    const deps = testDeps()
    const project = await aProject(deps, { name: 'Shop' })

    const edited = await editProject(deps, aCaller(), project.id, { name: 'Store' })

    expect(edited).toEqual({ ...project, name: 'Store', revision: 2 })
    expect(await getProject(deps, aCaller(), project.id)).toEqual(edited)
    expect(await eventsOf(deps, { projectId: project.id, action: 'project.updated' })).toMatchObject([
      { before: { name: 'Shop' }, after: { name: 'Store' } },
    ])
  })

  it('leaves no trace of an edit that changes nothing', async () => {
    const deps = testDeps()
    const project = await aProject(deps)

    expect(await editProject(deps, aCaller(), project.id, { name: project.name })).toEqual(project)
    expect(await editProject(deps, aCaller(), project.id, {})).toEqual(project)
    expect(await eventsOf(deps, { projectId: project.id })).toHaveLength(1)
  })

  it('loses no rename of ten at once', async () => {
    const deps = testDeps()
    const project = await aProject(deps, { name: 'name' })
    const names = Array.from({ length: 10 }, (_, index) => `name ${index}`)

    await Promise.all(names.map((name) => editProject(deps, aCaller(), project.id, { name })))

    const events = await eventsOf(deps, { projectId: project.id, action: 'project.updated' })
    const after = events.map((event) => event.after?.['name'])
    expect([...after].sort()).toEqual(names)
    expect(events.map((event) => event.before?.['name'])).toEqual(['name', ...after.slice(0, -1)])
    expect(await getProject(deps, aCaller(), project.id)).toMatchObject({ name: after.at(-1), revision: 11 })
  })
})

describe('deleteProject', () => {
  it('leaves nothing to read, list or build in', async () => {
    const deps = testDeps()
    const project = await aProject(deps)

    await deleteProject(deps, aCaller(), project.id)

    const gone = [
      () => getProject(deps, aCaller(), project.id),
      () => editProject(deps, aCaller(), project.id, { name: 'back' }),
      () => deleteProject(deps, aCaller(), project.id),
      () => anEnvironment(deps, { project }),
    ]
    for (const attempt of gone) await expect(attempt()).rejects.toMatchObject({ code: 'not_found' })
    expect((await listProjects(deps, aCaller(), FIRST_PAGE)).items.map(({ id }) => id)).not.toContain(project.id)
  })

  it('refuses while the project has an environment, and records nothing', async () => {
    const deps = testDeps()
    const project = await aProject(deps)
    await anEnvironment(deps, { project })

    await expect(deleteProject(deps, aCaller(), project.id)).rejects.toMatchObject({ code: 'conflict' })
    expect(await getProject(deps, aCaller(), project.id)).toEqual(project)
    expect(await eventsOf(deps, { projectId: project.id, action: 'project.deleted' })).toEqual([])
  })

  it('goes through once its environments are deleted', async () => {
    const deps = testDeps()
    const project = await aProject(deps)
    const environment = await anEnvironment(deps, { project })
    await deleteEnvironment(deps, aCaller(), environment.id, { confirm: environment.name })

    await deleteProject(deps, aCaller(), project.id)

    expect(await eventsOf(deps, { projectId: project.id, action: 'project.deleted' })).toHaveLength(1)
  })

  it('leaves no environment without a project when one is created beside it', async () => {
    const outcomes = new Set<string>()
    for (let round = 0; round < 25; round += 1) {
      const deps = testDeps()
      const project = await aProject(deps)
      const create = () => createEnvironment(deps, aCaller(), project.id, { name: 'x', tag: 'x' })
      const remove = () => deleteProject(deps, aCaller(), project.id)
      const order = round % 2 ? [create(), remove()] : [remove(), create()]
      outcomes.add((await Promise.allSettled(order)).map(({ status }) => status).join())
    }

    const orphans = `SELECT e.id FROM environments AS e JOIN projects AS p ON p.id = e.project_id
      WHERE p.deleted_at IS NOT NULL AND e.deleted_at IS NULL`
    expect((await env.DB.prepare(orphans).all()).results).toEqual([])
    expect(outcomes).not.toContain('fulfilled,fulfilled')
    expect(outcomes).not.toContain('rejected,rejected')
  })
})
