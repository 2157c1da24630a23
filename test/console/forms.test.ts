import { beforeAll, describe, expect, it } from 'vitest'
import { aKeyIn, aManagementKey, call, walkToKey } from '../support/client.ts'
import { aSignedIn, type Seen, shownToken, type Visitor } from '../support/visitor.ts'

type Fields = Record<string, string | string[]>

/** The fields of the form with this action, as a browser sends them when nobody changes anything. */
function fieldsOf({ body }: Seen, action: string): Record<string, string[]> {
  const form = new RegExp(`<form[^>]* action="${action}"[^>]*>([\\s\\S]*?)</form>`).exec(body)?.[1]
  if (form === undefined) throw new Error(`no form with the action ${action} in the page`)
  const fields: Record<string, string[]> = {}
  const add = (tag: string, value: string) => {
    const name = attribute(tag, 'name')
    if (name !== null) fields[name] = [...(fields[name] ?? []), value]
  }
  const visible = form.replaceAll(/<template[\s\S]*?<\/template>/g, '')
  for (const [tag] of visible.matchAll(/<input[^>]*>/g)) {
    const isUnticked = /type="(checkbox|radio)"/.test(tag) && !/ checked=""/.test(tag)
    if (!isUnticked && !/ disabled=""/.test(tag)) add(tag, attribute(tag, 'value') ?? '')
  }
  for (const [, tag = '', text = ''] of visible.matchAll(/(<textarea[^>]*>)([\s\S]*?)<\/textarea>/g)) add(tag, text)
  for (const [, tag = '', options = ''] of visible.matchAll(/(<select[^>]*>)([\s\S]*?)<\/select>/g)) {
    add(tag, attribute(/<option[^>]* selected=""[^>]*>/.exec(options)?.[0] ?? '', 'value') ?? '')
  }
  return fields
}

const attribute = (tag: string, name: string): string | null => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? null

/** What the page says is saved otherwise than it is in the form. */
const differencesIn = ({ body }: Seen): string[][] =>
  [...body.matchAll(/<th scope="row" data-label="Field">.*?<\/tr>/gs)].map(([row]) =>
    row
      .split(/<\/t[hd]>/)
      .slice(0, -1)
      .map((cell) => cell.replaceAll(/<[^>]+>/g, '')),
  )

const countOf = (body: string, text: string) => body.split(text).length - 1

let admin: Visitor
let member: Visitor
beforeAll(async () => {
  admin = await aSignedIn('admin')
  member = await aSignedIn('member')
})

describe('the page of a form', () => {
  let ids: Record<'project' | 'environment' | 'key' | 'credential' | 'managementKey', string>
  beforeAll(async () => {
    const { project, environment, key } = await walkToKey()
    const at = `/v1/environments/${environment.id}`
    const { body } = await call('POST', `${at}/credentials`, { body: { name: 'sdk', scopes: ['read'] } })
    const controls = { global_default: { surface: 'search', rerank_mode: 'off', rerank_depth: 1 } }
    await call('PUT', `${at}/rerank-controls/home`, { body: controls })
    const { managementKey } = await aManagementKey()
    ids = {
      project: project.id,
      environment: environment.id,
      key: key.id,
      credential: body.clientId,
      managementKey: managementKey.id,
    }
  })

  const FORM_PAGES: [path: string, member: 200 | 403][] = [
    ['projects/new', 403],
    ['projects/:project/settings', 403],
    ['projects/:project/environments/new', 403],
    ['environments/:environment/keys/new', 200],
    ['environments/:environment/credentials/new', 200],
    ['environments/:environment/routes', 200],
    ['environments/:environment/routes/edit', 200],
    ['environments/:environment/rerank-controls/new', 200],
    ['environments/:environment/rerank-controls/contexts/home', 200],
    ['environments/:environment/settings', 200],
    ['keys/:key/edit', 200],
    ['keys/:key/rotate', 200],
    ['keys/:key/revoke', 200],
    ['credentials/:credential/edit', 200],
    ['credentials/:credential/end-tokens', 200],
    ['credentials/:credential/rotate', 200],
    ['credentials/:credential/revoke', 200],
    ['management-keys/new', 403],
    ['management-keys/:managementKey/revoke', 403],
  ]
  const pathOf = (path: string) => `/console/${path.replace(/:(\w+)/g, (_all, name: keyof typeof ids) => ids[name])}`

  it.each(FORM_PAGES)('%s is opened by an admin with 200, and by a member with %i', async (path, status) => {
    const [asAdmin, asMember] = await Promise.all([admin.get(pathOf(path)), member.get(pathOf(path))])

    expect([asAdmin.status, asMember.status]).toEqual([200, status])
    if (status === 403) expect(asMember.body).not.toContain(`action="${pathOf(path)}"`)
  })

  it.each(FORM_PAGES.filter(([, status]) => status === 403))('%s is not sent by a member either', async (path) => {
    expect(await member.post(pathOf(path), {})).toMatchObject({ status: 403 })
  })

  it.each(['general', 'scopes', 'freshness', 'browsers', 'delete'])(
    'environments/:environment/settings shows a member no section %s, and takes none',
    async (section) => {
      const settings = pathOf('environments/:environment/settings')

      expect((await member.get(settings)).body).not.toContain(`action="${settings}/${section}"`)
      expect(await member.post(`${settings}/${section}`, {})).toMatchObject({ status: 403 })
    },
  )
})

describe('a form that two people opened', () => {
  let environmentId: string
  let at: string
  beforeAll(async () => {
    environmentId = (await walkToKey()).environment.id
    at = `/console/environments/${environmentId}`
  })

  const stored = async () => (await call('GET', `/v1/environments/${environmentId}`)).body

  /** Two people open the page; each then sends its form with fields of their own. */
  async function race(page: string, action: string, [first, second]: [Fields, Fields]) {
    const [opened, openedToo] = [await admin.get(page), await member.get(page)]
    const one = await admin.post(action, { ...fieldsOf(opened, action), ...first })
    const other = await member.post(action, { ...fieldsOf(openedToo, action), ...second })
    return { one, other }
  }

  const SECTIONS: [section: string, first: Fields, second: Fields, kept: string, saved: object][] = [
    ['general', { name: 'Mine' }, { name: 'Yours' }, 'value="Yours"', { name: 'Mine' }],
    ['scopes', { 'scopes.1.name': 'mine' }, { 'scopes.1.name': 'yours' }, 'value="yours"', {}],
    [
      'freshness',
      { 'bounds.maxStalenessMs': '1000' },
      { 'bounds.maxStalenessMs': '2000' },
      'value="2000"',
      { bounds: { maxStalenessMs: 1000, onUnknown: 'deny' } },
    ],
    [
      'browsers',
      { browserOrigins: 'https://mine.example' },
      { browserOrigins: 'https://yours.example' },
      'https://yours.example</textarea>',
      { browserOrigins: ['https://mine.example'] },
    ],
  ]

  it.each(SECTIONS)(
    'saves the section %s once, and keeps what the second typed',
    async (section, ...[first, second, kept, saved]) => {
      await call('PUT', `/v1/environments/${environmentId}/routes`, { body: { routes: [] } })
      const settings = `${at}/settings`
      const action = `${settings}/${section}`
      const [opened, openedToo] = [await admin.get(settings), await admin.get(settings)]

      const one = await admin.post(action, { ...fieldsOf(opened, action), ...first })
      const other = await admin.post(action, { ...fieldsOf(openedToo, action), ...second })

      expect([one.status, other.status]).toEqual([303, 409])
      expect(other.body).toContain('This was changed after you opened it.')
      expect(other.body).toContain('Open the saved version in a new tab')
      expect(other.body).toContain(kept)
      expect(await stored()).toMatchObject(saved)
      expect(await admin.post(action, { ...fieldsOf(other, action) })).toMatchObject({ status: 409 })
    },
  )

  it('saves two sections of the same settings', async () => {
    const opened = await admin.get(`${at}/settings`)

    const one = await admin.post(`${at}/settings/general`, { ...fieldsOf(opened, `${at}/settings/general`), tag: 'a' })
    const other = await admin.post(`${at}/settings/browsers`, {
      ...fieldsOf(opened, `${at}/settings/browsers`),
      browserOrigins: '',
    })

    expect([one.status, other.status]).toEqual([303, 303])
  })

  it.each(['keys', 'credentials'])(
    'saves one of the %s once: a scope that was taken away does not come back',
    async (kind) => {
      const input = { body: { name: 'shared', scopes: ['read', 'write'] } }
      const { environment } = await walkToKey()
      const { body: made } = await call('POST', `/v1/environments/${environment.id}/${kind}`, input)
      const id = made.key?.id ?? made.id ?? made.clientId
      const page = `/console/${kind}/${id}/edit`

      const { one, other } = await race(page, page, [{ scopes: [] }, { name: 'renamed' }])

      expect([one.status, other.status]).toEqual([303, 409])
      expect(other.body).toContain('value="renamed"')
      const { body } = await call('GET', `/v1/${kind}/${id}`)
      expect(body).toMatchObject({ name: 'shared', scopes: ['read'] })
    },
  )

  it.each([
    ['name', { name: 'theirs' }, 'Name', 'shared', 'theirs'],
    ['scopes', { scopes: ['read'] }, 'Scopes', 'write', '–'],
    ['owner', { ownerId: 'theirs' }, 'Owner', '–', 'theirs'],
    ['metadata', { metadata: { a: 1 } }, 'Metadata', '{}', '{\n  &quot;a&quot;: 1\n}'],
    ['expiry', { expiresAt: '2099-01-31T00:00:00Z' }, 'Expires', 'never', '2099-01-31 00:00 UTC'],
  ])('shows what is saved of a key beside what is in the form when the %s was changed', async (_what, edit, ...row) => {
    const { key } = await walkToKey({ name: 'shared', scopes: ['read', 'write'] })
    const page = `/console/keys/${key.id}/edit`
    const opened = fieldsOf(await admin.get(page), page)
    await call('PATCH', `/v1/keys/${key.id}`, { body: edit })

    const answer = await admin.post(page, opened)

    expect(answer.status).toBe(409)
    expect(differencesIn(answer)).toEqual([row])
    expect(await admin.post(page, fieldsOf(answer, page))).toMatchObject({ status: 409 })
  })

  it('shows the routes that are saved beside those in the form, whatever their rows are called', async () => {
    const page = `${at}/routes/edit`
    const route = { methods: ['GET'], path: '/api/first', scopes: ['read'], upstream: null }
    const save = (...routes: object[]) => call('PUT', `/v1/environments/${environmentId}/routes`, { body: { routes } })
    await save(route)
    const opened = fieldsOf(await admin.get(page), page)
    await save({ ...route, scopes: [], webSocket: true })
    const added = { row: ['0', 'new1'], 'routes.new1.path': '/api/mine', 'routes.new1.methods': 'GET' }

    const answer = await admin.post(page, { ...opened, ...added })

    expect(answer.status).toBe(409)
    expect(differencesIn(answer)).toEqual([
      ['Route 1, WebSockets', '–', 'on'],
      ['Route 1, scopes', 'read', '–'],
      ['Route 2, path', '/api/mine', '–'],
      ['Route 2, methods', 'GET', '–'],
    ])
  })

  it('renames a project once, and shows what is saved', async () => {
    const { project } = await walkToKey()
    const page = `/console/projects/${project.id}/settings`
    const [opened, openedToo] = [await admin.get(page), await admin.get(page)]

    const one = await admin.post(page, { ...fieldsOf(opened, page), name: 'Mine' })
    const other = await admin.post(page, { ...fieldsOf(openedToo, page), name: 'Yours' })

    expect([one.status, other.status]).toEqual([303, 409])
    expect(other.body).toContain('value="Yours"')
    expect(differencesIn(other)).toEqual([['Name', 'Yours', 'Mine']])
    expect((await call('GET', `/v1/projects/${project.id}`)).body).toMatchObject({ name: 'Mine' })
  })

  it.each(['keys', 'credentials'])(
    'rotates one of the %s once: the secret made meanwhile is not ended',
    async (kind) => {
      const { environment } = await walkToKey()
      const input = { body: { name: 'shared', scopes: ['read'] } }
      const { body: made } = await call('POST', `/v1/environments/${environment.id}/${kind}`, input)
      const id = made.key?.id ?? made.clientId
      const page = `/console/${kind}/${id}/rotate`

      const { one, other } = await race(page, page, [{ overlapSeconds: '3600' }, { overlapSeconds: '0' }])

      expect([one.status, other.status]).toEqual([201, 409])
      expect(other.body).toContain('This was changed after you opened it.')
      expect((await call('GET', `/v1/${kind}/${id}`)).body.secrets).toHaveLength(2)
    },
  )

  it('does not enable a key that was enabled and disabled again since the page was opened', async () => {
    const { key } = await walkToKey({ enabled: false })
    const [page, action] = [`/console/keys/${key.id}`, `/console/keys/${key.id}/enabled`]
    const opened = fieldsOf(await admin.get(page), action)
    for (const enabled of [true, false]) await call('PATCH', `/v1/keys/${key.id}`, { body: { enabled } })

    const answer = await member.post(action, opened)

    expect(answer.status).toBe(409)
    expect(answer.body).toContain('This was changed after you opened it.')
    expect((await call('GET', `/v1/keys/${key.id}`)).body).toMatchObject({ enabled: false })
    expect(await member.post(action, fieldsOf(answer, action))).toMatchObject({ status: 303 })
    expect((await call('GET', `/v1/keys/${key.id}`)).body).toMatchObject({ enabled: true })
  })

  it('disables a key whatever came between', async () => {
    const { key } = await walkToKey()
    const [page, action] = [`/console/keys/${key.id}`, `/console/keys/${key.id}/enabled`]
    const opened = fieldsOf(await admin.get(page), action)
    await call('PATCH', `/v1/keys/${key.id}`, { body: { name: 'renamed' } })

    expect(await member.post(action, opened)).toMatchObject({ status: 303 })
    expect((await call('GET', `/v1/keys/${key.id}`)).body).toMatchObject({ enabled: false, name: 'renamed' })
  })

  it.each(['', 'yes', 'TRUE'])('neither enables nor disables a key by %j', async (enabled) => {
    const { key } = await walkToKey()

    expect(await admin.post(`/console/keys/${key.id}/enabled`, { enabled })).toMatchObject({ status: 400 })
    expect((await call('GET', `/v1/keys/${key.id}`)).body).toMatchObject({ enabled: true })
  })

  it('tells the second who revokes a key that it was revoked before', async () => {
    const { key } = await walkToKey()
    const page = `/console/keys/${key.id}/revoke`
    const revoke = (fields: Fields) => admin.post(page, { confirm: key.name, ...fields })

    await revoke({ reason: 'superseded' })
    const { location } = await revoke({ reason: 'compromised', note: 'lost in this form' })

    expect((await admin.get(location ?? '')).body).toContain('was revoked before')
    expect((await call('GET', `/v1/keys/${key.id}`)).body).toMatchObject({ revokedReason: 'superseded' })
  })

  it('revokes many keys once: those that were created in their place stay when the form is sent again', async () => {
    const { environment } = await walkToKey()
    const settings = `/console/environments/${environment.id}/settings`
    const action = `${settings}/revoke-keys`
    const filledIn = { ...fieldsOf(await admin.get(settings), action), confirmRevocation: environment.name }

    const first = await admin.post(action, filledIn)
    const { key } = await aKeyIn(environment.id)
    const second = await admin.post(action, filledIn)

    expect([first.status, second.status]).toEqual([200, 409])
    expect(second.body).toContain('Nothing was revoked a second time')
    expect((await call('GET', `/v1/keys/${key.id}`)).body).toMatchObject({ status: 'active' })
  })

  it('saves the routes once, and keeps what the second typed', async () => {
    const page = `${at}/routes/edit`
    const row = (path: string) => ({ 'routes.0.path': path, 'routes.0.methods': 'GET' })

    const { one, other } = await race(page, page, [row('/api/mine'), row('/api/yours')])

    expect([one.status, other.status]).toEqual([303, 409])
    expect(other.body).toContain('This was changed after you opened it.')
    expect(other.body).toContain('value="/api/yours"')
    const { routes } = (await call('GET', `/v1/environments/${environmentId}/routes`)).body
    expect(routes.map(({ path }: { path: string }) => path)).toEqual(['/api/mine'])
  })

  it('does not save routes that were changed while rows were added to them', async () => {
    const page = `${at}/routes/edit`
    const added = await admin.post(page, { ...fieldsOf(await admin.get(page), page), intent: 'add' })
    await call('PUT', `/v1/environments/${environmentId}/routes`, { body: { routes: [] } })

    const answer = await admin.post(page, { ...fieldsOf(added, page), 'routes.1.path': '/api/late' })

    expect(added.status).toBe(200)
    expect(answer.status).toBe(409)
  })

  it('creates a context once, and tells the second at the field', async () => {
    const page = `${at}/rerank-controls/new`
    const depth = (text: string) => ({ contextId: 'both', 'global_default.rerank_depth': text })

    const { one, other } = await race(page, page, [depth('11'), depth('22')])

    expect([one.status, other.status]).toEqual([303, 409])
    expect(other.body).toContain('id="field-contextId-fault"')
    expect(other.body).toContain('value="22"')
    const { body } = await call('GET', `/v1/environments/${environmentId}/rerank-controls/both`)
    expect(body).toMatchObject({ global_default: { rerank_depth: 11 } })
  })

  it('saves the controls of a context once, and keeps what the second typed', async () => {
    const page = `${at}/rerank-controls/contexts/both`
    const depth = (text: string) => ({ 'global_default.rerank_depth': text })

    const { one, other } = await race(page, page, [depth('33'), depth('44')])

    expect([one.status, other.status]).toEqual([303, 409])
    expect(other.body).toContain('Open the saved version in a new tab')
    expect(other.body).toContain('value="44"')
  })
})

describe('what a form only showed', () => {
  const spaced = { name: ' spaced ', ownerId: '\u3000customer 42 ' }

  it('stays as it is when something else of a key is saved', async () => {
    const { key } = await walkToKey(spaced)
    const page = `/console/keys/${key.id}/edit`

    const answer = await admin.post(page, { ...fieldsOf(await admin.get(page), page), metadata: '{"a":1}' })

    expect(answer.status).toBe(303)
    expect((await call('GET', `/v1/keys/${key.id}`)).body).toMatchObject({ ...spaced, metadata: { a: 1 } })
  })

  it('stays as it is when something else of an environment is saved', async () => {
    const { environment } = await walkToKey()
    const body = { name: ' Production ', scopes: [{ name: 'read', description: ' Read ', required: true }] }
    await call('PUT', `/v1/environments/${environment.id}/routes`, { body: { routes: [] } })
    expect(await call('PATCH', `/v1/environments/${environment.id}`, { body })).toMatchObject({ status: 200 })
    const settings = `/console/environments/${environment.id}/settings`
    const save = async (section: string, fields: Fields) => {
      const action = `${settings}/${section}`
      return admin.post(action, { ...fieldsOf(await admin.get(settings), action), ...fields })
    }
    const added = { row: ['0', 'new1'], 'scopes.new1.name': 'write' }

    const answers = [await save('general', { tag: 'live' }), await save('scopes', added)]

    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    expect((await call('GET', `/v1/environments/${environment.id}`)).body).toMatchObject({
      name: ' Production ',
      tag: 'live',
      scopes: [...body.scopes, { name: 'write', description: null, required: false }],
    })
  })
})

describe('a form of rows, without script', () => {
  it('adds and removes rows, keeps what was typed, and saves nothing before it is told to', async () => {
    const { environment } = await walkToKey()
    const page = `/console/environments/${environment.id}/routes/edit`
    const opened = fieldsOf(await admin.get(page), page)
    const count = opened['row']?.length ?? 0

    const added = await admin.post(page, { ...opened, 'routes.0.path': '/api/typed', intent: 'add' })
    const removed = await admin.post(page, { ...fieldsOf(added, page), intent: `remove:${count}` })

    expect(countOf(added.body, 'name="row"')).toBe(countOf(removed.body, 'name="row"') + 1)
    expect(fieldsOf(added, page)['row']).toHaveLength(count + 1)
    expect(fieldsOf(removed, page)).toMatchObject({ 'routes.0.path': ['/api/typed'] })
    const { routes } = (await call('GET', `/v1/environments/${environment.id}/routes`)).body
    expect(JSON.stringify(routes)).not.toContain('/api/typed')
  })
})

describe('a form that creates something', () => {
  let base: { projectId: string; environmentId: string; keyId: string; credentialId: string }
  beforeAll(async () => {
    const { project, environment, key } = await walkToKey()
    const credential = { name: 'sdk', scopes: ['read'] }
    const { body } = await call('POST', `/v1/environments/${environment.id}/credentials`, { body: credential })
    base = { projectId: project.id, environmentId: environment.id, keyId: key.id, credentialId: body.clientId }
  })

  const CREATING: [what: string, path: (at: typeof base) => string, fields: Fields, status: number][] = [
    ['a project', () => '/console/projects/new', { name: 'Once' }, 303],
    [
      'an environment',
      ({ projectId }) => `/console/projects/${projectId}/environments/new`,
      { name: 'Once', tag: 'once' },
      303,
    ],
    ['a key', ({ environmentId }) => `/console/environments/${environmentId}/keys/new`, { name: 'once' }, 201],
    [
      'a credential',
      ({ environmentId }) => `/console/environments/${environmentId}/credentials/new`,
      { name: 'once' },
      201,
    ],
    ['a secret of a key', ({ keyId }) => `/console/keys/${keyId}/rotate`, {}, 201],
    ['a secret of a credential', ({ credentialId }) => `/console/credentials/${credentialId}/rotate`, {}, 201],
    ['a management key', () => '/console/management-keys/new', { name: 'once' }, 201],
  ]

  it.each(CREATING)('creates %s once, however often it is sent', async (_what, pathOf, fields, status) => {
    const path = pathOf(base)
    const filledIn = { ...fieldsOf(await admin.get(path), path), ...fields }
    const createdBefore = await countCreated()

    const first = await admin.post(path, filledIn)
    const second = await admin.post(path, filledIn)
    const third = await admin.post(path, filledIn)

    expect([first.status, second.status, third.status]).toEqual([status, 409, 409])
    expect(second.body).toContain('You already sent this form.')
    expect(shownToken(second)).toBeNull()
    expect(await countCreated()).toBe(createdBefore + 1)
  })

  it.each(CREATING)('creates no %s without the id of the form', async (_what, pathOf, fields) => {
    const path = pathOf(base)
    const { formId: _id, ...filledIn } = fieldsOf(await admin.get(path), path)
    const createdBefore = await countCreated()

    const answer = await admin.post(path, { ...filledIn, ...fields })

    expect(answer.status).toBe(400)
    expect(await countCreated()).toBe(createdBefore)
  })

  it.each(CREATING)('can be corrected and sent again after %s was refused', async (what, pathOf, fields, status) => {
    const path = pathOf(base)
    const filledIn = { ...fieldsOf(await admin.get(path), path), ...fields }
    const wrong = what.startsWith('a secret') ? { overlapSeconds: 'soon' } : { name: ' ' }

    const refused = await admin.post(path, { ...filledIn, ...wrong })
    const corrected = await admin.post(path, filledIn)

    expect([refused.status, corrected.status]).toEqual([400, status])
  })

  /** How many events of the audit log tell of something created, secrets too. */
  async function countCreated(): Promise<number> {
    const actions: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body } = await call(
        'GET',
        `/v1/audit-events?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      )
      actions.push(...body.data.map(({ action }: { action: string }) => action))
      cursor = body.nextCursor
    }
    return actions.filter((action) => /\.(created|rotated)$/.test(action)).length
  }
})
