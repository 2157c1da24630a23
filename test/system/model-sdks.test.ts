// What the SDKs of NeuronSearchLab and Neurelo send, replayed through a running Keyward to the example upstream, in
// environments as their templates make them.
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { localRootKey } from '../../scripts/root-key.ts'

const { url, upstreamUrl } = inject('server')

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever came back
type Answer = { status: number; body: any }

/** The types of the Workers' runtime leave `keepalive` out; Node takes it. */
type Init = RequestInit & { keepalive?: boolean }

async function send(address: string, init: Init): Promise<Answer> {
  const response = await fetch(address, init)
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

async function manage(method: string, path: string, body?: object) {
  const headers = { Authorization: `Bearer ${localRootKey()}`, 'Content-Type': 'application/json' }
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }
  const { status, body: answer } = await send(`${url}${path}`, init)
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`)
  return answer
}

/** An environment as the template makes it, its routes leading to the example upstream. */
async function anEnvironment(template: string): Promise<string> {
  const project = await manage('POST', '/v1/projects', { name: `SDKs of ${template}` })
  const { id } = await manage('POST', `/v1/projects/${project.id}/environments`, {
    name: 'Live',
    tag: 'live',
    template,
  })
  const { routes } = await manage('GET', `/v1/environments/${id}/routes`)
  const upstream = { url: upstreamUrl }
  await manage('PUT', `/v1/environments/${id}/routes`, {
    routes: routes.map((route: object) => ({ ...route, upstream })),
  })
  return id
}

const aKey = async (environmentId: string, scopes: string[]): Promise<string> =>
  (await manage('POST', `/v1/environments/${environmentId}/keys`, { name: 'sdk', scopes })).token

describe('NeuronSearchLab’s SDK', () => {
  const ALL = ['recommendations', 'events', 'items']
  const CONTROLS = { global_default: { surface: 'search', rerank_mode: 'aggressive', rerank_depth: 4 } }

  let environmentId: string
  const tokens = new Map<string, string>()
  beforeAll(async () => {
    environmentId = await anEnvironment('recommendations')
    for (const context of ['home', '101'])
      await manage('PUT', `/v1/environments/${environmentId}/rerank-controls/${context}`, CONTROLS)
    tokens.set('/api', await aKey(environmentId, ALL))
    tokens.set('/core', (await requestToken(ALL)).body.access_token)
  })

  /** The token request of its client credentials: the id and secret are not form-encoded, the scope is always sent. */
  async function requestToken(scopes: string[]): Promise<Answer> {
    const credential = { name: 'sdk', scopes }
    const made = await manage('POST', `/v1/environments/${environmentId}/credentials`, credential)
    return send(`${url}/oauth2/token`, {
      method: 'POST',
      headers: {
        Authorization: `Basic ${Buffer.from(`${made.clientId}:${made.clientSecret}`).toString('base64')}`,
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/json',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: 'neuronsearchlab-api/read neuronsearchlab-api/write',
      }).toString(),
    })
  }

  /** One call: `/v1` after the base URL, and the type of a JSON body on every request, GET too. */
  const ask = (base: string, method: string, path: string, body?: object, init: Init = {}): Promise<Answer> =>
    send(`${url}${base}/v1${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${tokens.get(base)}` },
      signal: AbortSignal.timeout(10_000),
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...init,
    })

  const event = (item_id: string) => ({
    type: 'click',
    user_id: 'user-7',
    item_id,
    occurred_at: 1_795_262_400,
    request_id: 'req_1',
    session_id: '0f3b6a52-9f0d-4a38-9a5e-0d6f5f0e8a11',
    client_ts: '2026-11-21T12:00:00.000Z',
  })

  const query = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString()
  const IDS = ['lamp', 'chair', 'rug', 'shelf', 'clock', 'vase', 'desk', 'sofa']
  const RERANKED = ['rug', 'lamp', 'shelf', 'chair', 'clock', 'vase', 'desk', 'sofa']
  const idsOf = ({ body }: Answer) => body.data.map(({ item_id }: { item_id: string }) => item_id)

  it('obtains an access token with its default scope, and is told what that stands for', async () => {
    const { status, body } = await requestToken(ALL)

    expect({ status, body }).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'recommendations events items',
      },
    })
  })

  it('obtains what a credential with fewer scopes holds, and gets no further', async () => {
    const { status, body } = await requestToken(['events'])
    const headers = { Authorization: `Bearer ${body.access_token}`, 'Content-Type': 'application/json' }

    const asked = await send(`${url}/core/v1/recommendations?user_id=user-7`, { headers })

    expect({ status, scope: body.scope }).toEqual({ status: 200, scope: 'events' })
    expect(asked).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
  })

  describe.each([
    ['/api', 'an API key', { rerank_mode: 'aggressive', rerank_depth: 4 }, RERANKED],
    ['/core', 'an access token', { rerank_mode: 'off', rerank_depth: 0 }, IDS],
  ])('at %s with %s', (base, _, applied, order) => {
    it('gets recommendations in the order of the operator, page by page', async () => {
      const scope = JSON.stringify({ filters: [{ column: 'price', operator: '<', value: 100 }] })
      const parameters = { user_id: 'user-7', context_id: 'home', context_key: 'k 1', scope, limit: '3' }

      const first = await ask(base, 'GET', `/recommendations?${query(parameters)}`)
      const next = await ask(
        base,
        'GET',
        `/recommendations?${query({ ...parameters, starting_after: order[2] ?? '' })}`,
      )

      expect(first).toMatchObject({ status: 200, body: { object: 'list', limit: 3, has_more: true, applied } })
      expect(first.body.request_id).toMatch(/^req_./)
      expect(first.body.recommendations).toEqual(first.body.data)
      expect([...idsOf(first), ...idsOf(next)]).toEqual(order.slice(0, 6))
    })

    it('gets automatic sections until they are done', async () => {
      const parameters = {
        mode: 'auto',
        user_id: '7',
        context_id: 'home',
        limit: '5',
        window_days: '30',
        served_cap: '2',
      }

      const first = await ask(base, 'GET', `/recommendations?${query(parameters)}`)
      const { next_cursor: cursor } = first.body
      const last = await ask(base, 'GET', `/recommendations?${query({ ...parameters, cursor, candidate_limit: '9' })}`)

      expect(first).toMatchObject({
        status: 200,
        body: { mode: 'auto', section: { title: expect.any(String) }, done: false },
      })
      expect(last).toMatchObject({ status: 200, body: { mode: 'auto', next_cursor: null, done: true, applied } })
      expect([...idsOf(first), ...idsOf(last)]).toEqual(order)
    })

    it('tracks one event, several in a list, and those of a page that goes away', async () => {
      const [one, other] = [event('itm_1'), event('itm_2')]

      expect(await ask(base, 'POST', '/events', one)).toMatchObject({
        status: 202,
        body: { success: true, accepted: one },
      })
      expect(await ask(base, 'POST', '/events', [one, other], { keepalive: true })).toMatchObject({
        status: 202,
        body: { success: true, count: 2, accepted: [one, other] },
      })
    })

    it('creates an item, and several in a list', async () => {
      const item = { name: 'Stool', description: 'Three legs', metadata: { price: 40 } }

      const made = await ask(base, 'POST', '/items', item)
      const several = await ask(base, 'POST', '/items', [
        { ...item, id: 'itm_a1' },
        { ...item, id: 102 },
      ])

      expect(made).toMatchObject({ status: 201, body: { object: 'item', id: expect.stringMatching(/^itm_/), item } })
      expect(several).toMatchObject({ status: 201, body: { object: 'list', data: [{ id: 'itm_a1' }, { id: '102' }] } })
    })

    it('changes an item by POST, with its id percent-encoded', async () => {
      const id = 'itm_b 1+ä'
      await ask(base, 'POST', '/items', { id, name: 'Bench' })

      const answer = await ask(base, 'POST', `/items/${encodeURIComponent(id)}`, { active: false })

      expect(answer).toMatchObject({
        status: 200,
        body: { object: 'item', id, active: false, item: { name: 'Bench' } },
      })
    })

    it('deletes items, one request for each', async () => {
      await ask(base, 'POST', '/items', [{ id: 'itm_c1' }, { id: 'itm_c2' }])

      const answers = [await ask(base, 'DELETE', '/items/itm_c1'), await ask(base, 'DELETE', '/items/itm_c2')]
      const again = await ask(base, 'DELETE', '/items/itm_c2')

      expect(answers).toMatchObject([
        { status: 200, body: { object: 'deleted_item', id: 'itm_c1', itemIds: ['itm_c1'], deletedCount: 1 } },
        { status: 200, body: { object: 'deleted_item', id: 'itm_c2' } },
      ])
      expect(again).toMatchObject({ status: 404, body: { error: 'There is no such item.' } })
    })

    it.each(['home', 101])(
      'searches in the context %j of its body, by the controls of the operator',
      async (context_id) => {
        const body = {
          query: 'chair lamp rug',
          user_id: 'user-7',
          context_id,
          limit: '2',
          filter: ["category = 'home'"],
          scope: '{"filters":[]}',
          fusion_method: 'rrf',
          semantic_weight: '0.7',
          debug: true,
          explain: 'full',
        }

        const answer = await ask(base, 'POST', '/search', body)

        const best = applied.rerank_mode === 'off' ? ['lamp', 'chair'] : ['rug', 'lamp']
        expect(answer).toMatchObject({
          status: 200,
          body: { object: 'list', query: body.query, limit: 2, has_more: true, contextId: context_id, applied },
        })
        expect(answer.body.request_id).toMatch(/^req_./)
        expect(idsOf(answer)).toEqual(best)
      },
    )
  })

  it('keeps the documented paths without /v1', async () => {
    const headers = { Authorization: `Bearer ${tokens.get('/api')}`, 'Content-Type': 'application/json' }
    const at = (method: string, path: string, body?: object) =>
      send(`${url}/api${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })

    const statuses = [
      await at('GET', '/recommendations?context_id=home'),
      await at('POST', '/events', event('itm_1')),
      await at('POST', '/items', { id: 'itm_d1' }),
      await at('PATCH', '/items/itm_d1', { active: true }),
      await at('DELETE', '/items/itm_d1'),
    ].map(({ status }) => status)

    expect(statuses).toEqual([200, 202, 201, 200, 200])
  })
})

describe('Neurelo’s SDK', () => {
  const FILMS = [
    { film_id: 1, title: 'ACADEMY DINOSAUR', rating: 'PG', rental_rate: 0.99 },
    { film_id: 2, title: 'ACE GOLDFINGER', rating: 'G', rental_rate: 4.99 },
    { film_id: 3, title: 'AFFAIR PREJUDICE', rating: 'G', rental_rate: 2.99 },
  ]

  let writer: string
  let reader: string
  beforeAll(async () => {
    const environmentId = await anEnvironment('data-api')
    writer = await aKey(environmentId, ['read', 'write'])
    reader = await aKey(environmentId, ['read'])
    await ask('DELETE', '/rest/film')
    expect(await ask('POST', '/rest/film', { body: FILMS })).toMatchObject({
      status: 201,
      body: { data: { affectedRows: 3 } },
    })
  })

  /** One request, with the key as its clients send it; parameters of the query are JSON unless they are numbers. */
  const ask = (
    method: string,
    path: string,
    { body, parameters = {}, key = writer }: { body?: object; parameters?: Record<string, unknown>; key?: string } = {},
  ): Promise<Answer> => {
    const texts = Object.entries(parameters).map(([name, value]) => [name, JSON.stringify(value)])
    const search = texts.length === 0 ? '' : `?${new URLSearchParams(texts)}`
    return send(`${url}/api${path}${search}`, {
      method,
      headers: {
        'X-API-KEY': key,
        Accept: 'application/json',
        ...(body ? { 'Content-Type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  }

  const titles = ({ body }: Answer) => body.data.map(({ title }: { title: string }) => title)

  it('finds rows by filter, in order, page by page, and of each the selected columns', async () => {
    const filter = { OR: [{ title: { contains: 'ACE' } }, { rating: 'G' }, { rental_rate: { lt: 1 } }] }
    const parameters = {
      select: { title: true, film_id: true },
      filter,
      order_by: [{ rental_rate: 'desc' }],
      skip: 1,
      take: 2,
    }

    const answer = await ask('GET', '/rest/film', { parameters, key: reader })

    expect(answer).toMatchObject({ status: 200 })
    expect(answer.body.data).toEqual([
      { title: 'AFFAIR PREJUDICE', film_id: 3 },
      { title: 'ACADEMY DINOSAUR', film_id: 1 },
    ])
  })

  it('creates one row', async () => {
    const body = { film_id: 40, title: 'ARMY FLINTSTONES', rating: 'R' }

    expect(await ask('POST', '/rest/film/__one', { body })).toMatchObject({ status: 201, body: { data: body } })
    expect(await ask('DELETE', '/rest/film/40')).toMatchObject({ status: 200, body: { data: body } })
  })

  it('reads one row by its id, and by another unique column', async () => {
    const [first] = FILMS

    expect(await ask('GET', '/rest/film/1')).toMatchObject({ status: 200, body: { data: first } })
    expect(await ask('GET', '/rest/film/title/ACADEMY%20DINOSAUR')).toMatchObject({
      status: 200,
      body: { data: first },
    })
    expect(await ask('GET', '/rest/film/99')).toMatchObject({
      status: 404,
      body: { errors: [{ error: expect.any(String) }] },
    })
  })

  it('aggregates rows, and groups them', async () => {
    const select = { _count: ['film_id'], _max: ['rental_rate'] }
    const grouped = {
      group_by: ['rating'],
      select: { _count: ['film_id'] },
      having: { film_id: { _count: { gt: 1 } } },
    }

    const all = await ask('GET', '/rest/film/__aggregate', { parameters: { select }, key: reader })
    const some = await ask('GET', '/rest/film/__aggregate', { parameters: { select, filter: { rating: 'G' } } })
    const groups = await ask('GET', '/rest/film/__groupBy', { parameters: grouped, key: reader })

    expect(all.body.data).toEqual({ _count: { film_id: 3 }, _max: { rental_rate: 4.99 } })
    expect(some.body.data).toEqual({ _count: { film_id: 2 }, _max: { rental_rate: 4.99 } })
    expect(groups.body.data).toEqual([{ rating: 'G', _count: { film_id: 2 } }])
  })

  it('changes one row, those that a filter finds, and deletes in the same ways', async () => {
    const actors = [
      { actor_id: 1, last_name: 'CHASE' },
      { actor_id: 2, last_name: 'DAVIS' },
      { actor_id: 3, last_name: 'DAVIS' },
    ]
    const parameters = { filter: { last_name: 'DAVIS' } }
    await ask('POST', '/rest/actor', { body: actors })

    const one = await ask('PATCH', '/rest/actor/1', { body: { last_name: 'CAGE' } })
    const byColumn = await ask('PATCH', '/rest/actor/last_name/CAGE', { body: { first_name: 'ED' } })
    const many = await ask('PATCH', '/rest/actor', { parameters, body: { first_name: 'JENNIFER' } })
    const removed = await ask('DELETE', '/rest/actor', { parameters })
    const left = await ask('GET', '/rest/actor')

    expect([one, byColumn, many, removed].map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect([many, removed].map(({ body }) => body.data)).toEqual([{ affectedRows: 2 }, { affectedRows: 2 }])
    expect(left.body.data).toEqual([{ id: '1', actor_id: 1, last_name: 'CAGE', first_name: 'ED' }])
  })

  it('asks a custom query, by the method of its choice', async () => {
    const answers = [await ask('GET', '/custom/best-product'), await ask('POST', '/custom/best-product', { body: {} })]

    expect(answers).toMatchObject(answers.map(() => ({ status: 200, body: { data: { id: 'sofa' } } })))
  })

  it('hears what is wrong with its request', async () => {
    const answer = await ask('GET', '/rest/film', { parameters: { filter: { title: { like: 'x' } } } })

    expect(answer).toMatchObject({ status: 400, body: { errors: [{ error: expect.stringContaining('like') }] } })
  })

  it('may only read with a key that may only read', async () => {
    const attempts = [
      ask('POST', '/rest/film', { body: FILMS, key: reader }),
      ask('POST', '/rest/film/__one', { body: { film_id: 9 }, key: reader }),
      ask('PATCH', '/rest/film', { body: { rating: 'X' }, key: reader }),
      ask('DELETE', '/rest/film/1', { key: reader }),
      ask('GET', '/custom/best-product', { key: reader }),
    ]

    for (const answer of await Promise.all(attempts)) expect(answer).toMatchObject({ status: 403 })
    expect(titles(await ask('GET', '/rest/film', { key: reader }))).toHaveLength(3)
  })
})
