import { beforeAll, describe, expect, it } from 'vitest'
import { call, walkToKey } from '../support/client.ts'
import { aSignedIn, hiddenField, type Visitor } from '../support/visitor.ts'

let visitor: Visitor
beforeAll(async () => {
  visitor = await aSignedIn('admin')
})

/** Opens the form, fills it in and sends it. */
const fillIn = async (path: string, fields: Record<string, string>) =>
  visitor.post(path, { formId: hiddenField(await visitor.get(path), 'formId'), ...fields })

describe('projects and environments at the console', () => {
  it('are made one in the other, from a template', async () => {
    const project = await fillIn('/console/projects/new', { name: 'Bookshop' })
    const environment = await fillIn(`${project.location}/environments/new`, {
      name: 'Production',
      tag: 'production',
      template: 'data-api',
    })

    const { body } = await visitor.get(environment.location ?? '')

    expect(body).toContain('Environment “Production” created.')
    expect(body).toContain('Bookshop')
  })

  it('show their number of live keys and their tag', async () => {
    const { project } = await walkToKey()

    const { body } = await visitor.get(`/console/projects/${project.id}`)

    expect(body).toMatch(/Live keys<\/dt><dd class="is-number">1</)
    expect(body).toContain('is-production')
  })

  it('are renamed, and deleted only when empty and by name', async () => {
    const { location } = await fillIn('/console/projects/new', { name: 'Old' })
    const { project: full } = await walkToKey()

    const ifMatch = hiddenField(await visitor.get(`${location}/settings`), 'ifMatch')
    await visitor.post(`${location}/settings`, { ifMatch, name: 'New' })
    expect((await visitor.get(location ?? '')).body).toContain('New')
    expect(await visitor.post(`${location}/delete`, { confirm: 'Old' })).toMatchObject({ status: 400 })
    expect(await visitor.post(`${location}/delete`, { confirm: 'New' })).toMatchObject({ status: 303 })
    expect(await visitor.get(location ?? '')).toMatchObject({ status: 404 })
    expect(await visitor.post(`/console/projects/${full.id}/delete`, { confirm: full.name })).toMatchObject({
      status: 409,
    })
  })

  it('name the field that does not fit', async () => {
    const { body: project } = await call('POST', '/v1/projects', { body: { name: 'Shop' } })

    const answer = await visitor.post(`/console/projects/${project.id}/environments/new`, { name: 'x', tag: 'no good' })

    expect(answer.status).toBe(400)
    expect(answer.body).toContain('id="field-tag-fault"')
  })
})
