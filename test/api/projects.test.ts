import { describe, expect, it } from 'vitest'
import { call, expectProblem, TIMESTAMP, walkToKey } from '../support/client.ts'

const aProject = async (name = 'Shop') => (await call('POST', '/v1/projects', { body: { name } })).body

describe('a project', () => {
  it('is made with a name and comes back whole', async () => {
    const { status, body } = await call('POST', '/v1/projects', { body: { name: 'Shop' } })

    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^proj_[0-9a-z]{26}$/),
      name: 'Shop',
      createdAt: expect.stringMatching(TIMESTAMP),
      createdBy: 'root',
    })
  })

  it('is read as it was made', async () => {
    const project = await aProject()

    expect(await call('GET', `/v1/projects/${project.id}`)).toMatchObject({ status: 200, body: project })
  })

  it('changes its name and nothing else', async () => {
    const project = await aProject()

    const { status, body } = await call('PATCH', `/v1/projects/${project.id}`, { body: { name: 'Shop two' } })

    expect(status).toBe(200)
    expect(body).toEqual({ ...project, name: 'Shop two' })
    expect((await call('GET', `/v1/projects/${project.id}`)).body).toEqual(body)
  })

  it('stays as it is when nothing is changed', async () => {
    const project = await aProject()

    expect(await call('PATCH', `/v1/projects/${project.id}`, { body: {} })).toMatchObject({
      status: 200,
      body: project,
    })
  })

  it('is gone after DELETE, which answers with nothing', async () => {
    const project = await aProject()

    expect(await call('DELETE', `/v1/projects/${project.id}`)).toMatchObject({ status: 204, body: '' })

    expectProblem(await call('GET', `/v1/projects/${project.id}`), 'not_found')
    expectProblem(await call('PATCH', `/v1/projects/${project.id}`, { body: { name: 'x' } }), 'not_found')
    expectProblem(await call('DELETE', `/v1/projects/${project.id}`), 'not_found')
    expectProblem(await call('GET', `/v1/projects/${project.id}/environments`), 'not_found')
    const environment = { name: 'Late', tag: 'x' }
    expectProblem(await call('POST', `/v1/projects/${project.id}/environments`, { body: environment }), 'not_found')
  })

  it('cannot be deleted while it has environments', async () => {
    const { project } = await walkToKey()

    expectProblem(await call('DELETE', `/v1/projects/${project.id}`), 'conflict')

    expect((await call('GET', `/v1/projects/${project.id}`)).status).toBe(200)
  })

  it('can be deleted once its environments are', async () => {
    const { project, environment } = await walkToKey()

    await call('DELETE', `/v1/environments/${environment.id}?confirm=Production`)

    expect((await call('DELETE', `/v1/projects/${project.id}`)).status).toBe(204)
  })
})
