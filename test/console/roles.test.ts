import { describe, expect, it } from 'vitest'
import { call, walkToKey } from '../support/client.ts'
import { aSignedIn, hiddenField, shownToken } from '../support/visitor.ts'

describe('a member at the console', () => {
  it('finds the way to environments, and is shown nothing that is an admin’s', async () => {
    const { project, environment } = await walkToKey()
    const member = await aSignedIn('member')

    const projects = await member.get('/console/projects')
    const cards = await member.get(`/console/projects/${project.id}`)

    expect(projects.body).toContain(project.id)
    expect(cards.body).toContain(`/console/environments/${environment.id}/keys`)
    for (const { body } of [projects, cards]) {
      expect(body).not.toMatch(/audit-log|management-keys|projects\/new|environments\/new|\/settings"/)
    }
  })

  it('makes, sees and revokes keys', async () => {
    const { environment, key } = await walkToKey()
    const member = await aSignedIn('member')
    const form = `/console/environments/${environment.id}/keys/new`
    const formId = hiddenField(await member.get(form), 'formId')

    const made = await member.post(form, { formId, name: 'mine', expiry: 'never' })
    const revoked = await member.post(`/console/keys/${key.id}/revoke`, { confirm: key.name })

    expect(shownToken(made)).not.toBeNull()
    expect(revoked).toMatchObject({ status: 303, location: `/console/keys/${key.id}` })
    expect((await member.get(`/console/keys/${key.id}`)).body).not.toContain('Recent events')
  })

  it('may open every page that a page of theirs leads to, and send every form they are shown', async () => {
    const { environment } = await walkToKey()
    await call('POST', `/v1/environments/${environment.id}/credentials`, { body: { name: 'sdk', scopes: ['read'] } })
    const member = await aSignedIn('member')
    const seen = new Map<string, number>()
    const sent = new Map<string, number>()
    // Of the other tests' environments, one list of projects leads to hundreds.
    const queue = ['/console/projects', '/console', `/console/environments/${environment.id}/keys`]

    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      if (seen.has(path) || seen.size > 60) continue
      const { status, body } = await member.get(path)
      seen.set(path, status)
      const links = [...body.matchAll(/<a[^>]* href="(\/console[^"#?]*)/g)].map(([, href = '']) => href)
      queue.unshift(...links.filter((href) => href.includes(environment.id) || /keys|credentials|audit/.test(href)))
      for (const [, action = ''] of body.matchAll(/<form method="post" action="(\/console[^"#]*)"/g)) {
        if (!/sign-out|preferences/.test(action)) sent.set(action, (await member.post(action)).status)
      }
    }

    expect([...seen].filter(([, status]) => ![200, 303].includes(status))).toEqual([])
    expect([...sent].filter(([, status]) => ![400, 409].includes(status))).toEqual([])
    expect(sent.size).toBeGreaterThan(10)
  })

  it('is refused what is an admin’s, asked for or posted', async () => {
    const { project } = await walkToKey()
    const member = await aSignedIn('member')
    const here = `/console/projects/${project.id}`

    const answers = await Promise.all([
      member.get('/console/audit-log'),
      member.get('/console/management-keys'),
      member.get(`${here}/settings`),
      member.post('/console/projects/new', { name: 'Mine' }),
      member.post(`${here}/settings`, { name: 'Mine' }),
      member.post(`${here}/delete`, { confirm: project.name }),
      member.post(`${here}/environments/new`, { name: 'Mine', tag: 'development' }),
    ])

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403))
    expect((await member.get(here)).body).toContain(project.name)
  })
})
