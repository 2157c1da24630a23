import fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import {
  compileRoutes,
  DEFAULT_TIMEOUT_MS,
  findConflictingRoute,
  findPatternFault,
  findRoute,
  type Route,
  TEMPLATE_ROUTES,
} from '../../src/core/route-table.ts'
import { TEMPLATES } from '../../src/core/scope.ts'

const aRoute = (path: string, methods: string[] = ['GET'], scopes: string[] = []): Route => ({
  methods,
  path,
  scopes,
  upstream: null,
  rerank: false,
  webSocket: false,
  timeoutMs: DEFAULT_TIMEOUT_MS,
})

const found = (routes: Route[], method: string, path: string) =>
  findRoute(compileRoutes(routes), method, path.slice(1).split('/'))?.path ?? null

describe('findRoute', () => {
  const TABLE = [
    aRoute('/api/*', ['*']),
    aRoute('/api/items'),
    aRoute('/api/items/:id'),
    aRoute('/api/items/latest'),
    aRoute('/api/items/*'),
    aRoute('/api/items/:id/reviews'),
    aRoute('/api/*/reviews'),
    aRoute('/api/files/*'),
  ]

  it.each([
    ['/api/items', '/api/items'],
    ['/api/items/latest', '/api/items/latest'],
    ['/api/items/7', '/api/items/:id'],
    ['/api/items/7/reviews', '/api/items/:id/reviews'],
    ['/api/items/7/reviews/1', '/api/items/*'],
    ['/api/shops/reviews', '/api/*/reviews'],
    ['/api/shops', '/api/*'],
    ['/api/files', '/api/files/*'],
    ['/api/files/a/b/c', '/api/files/*'],
    ['/api', '/api/*'],
    ['/apis/items', null],
    ['/other', null],
  ])('finds for GET %s the most specific route, %s', (path, pattern) => {
    expect(found(TABLE, 'GET', path)).toBe(pattern)
  })

  it('does not depend on the order of the table', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(TABLE, { minLength: TABLE.length }),
        fc.constantFrom('/api/items/7', '/api/items/latest', '/api/shops/reviews', '/api/x/y/z'),
        (shuffled, path) => {
          expect(found(shuffled, 'GET', path)).toBe(found(TABLE, 'GET', path))
        },
      ),
    )
  })

  it('goes on to a wider path when the narrower takes another method', () => {
    expect(found(TABLE, 'POST', '/api/items')).toBe('/api/*')
  })

  it('prefers a named method to every method', () => {
    const table = compileRoutes([aRoute('/api/rest/*', ['*'], ['write']), aRoute('/api/rest/*', ['GET'], ['read'])])

    expect(findRoute(table, 'GET', ['api', 'rest', 'x'])?.scopes).toEqual(['read'])
    expect(findRoute(table, 'DELETE', ['api', 'rest', 'x'])?.scopes).toEqual(['write'])
    expect(findRoute(table, 'PROPFIND', ['api', 'rest', 'x'])?.scopes).toEqual(['write'])
  })

  it('answers HEAD by the route for GET', () => {
    const table = compileRoutes([aRoute('/api/rest/*', ['*'], ['write']), aRoute('/api/rest/*', ['GET'], ['read'])])

    expect(findRoute(table, 'HEAD', ['api', 'rest', 'x'])?.scopes).toEqual(['read'])
  })

  it.each(['TRACE', 'CONNECT'])('has no route for %s, not even where every method is taken', (method) => {
    expect(found(TABLE, method, '/api/items')).toBeNull()
  })

  it('has no route for a path that only case sets apart from one: servers disagree on what it is', () => {
    expect(found(TABLE, 'GET', '/api/Items')).toBeNull()
    expect(found(TABLE, 'GET', '/api/Items/7')).toBeNull()
    expect(found(TABLE, 'GET', '/api/items/LATEST')).toBeNull()
  })

  it('keeps the case of parameters', () => {
    expect(found(TABLE, 'GET', '/api/items/ABC')).toBe('/api/items/:id')
  })

  it('agrees with Hono on what a single pattern takes', () => {
    const part = fc.constantFrom('a', 'b', ':x', ':y', '*', 'c.d')
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `/api/${parts.join('/')}`)
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c.d', 'e', ':x'), { maxLength: 5 })
      .map((parts) => ['/api', ...parts].join('/'))
    fc.assert(
      fc.asyncProperty(pattern, path, async (text, requested) => {
        fc.pre(findPatternFault(text) === null)
        const app = new Hono().get(text, (c) => c.text('found'))
        const { status } = await app.request(requested)

        expect(found([aRoute(text)], 'GET', requested) !== null).toBe(status === 200)
      }),
      { numRuns: 1000 },
    )
  })

  it('takes time in proportion to the path, also for patterns made to be slow', () => {
    const slow = aRoute(`/api/${Array.from({ length: 60 }, () => '*').join('/')}`, ['*'])
    const path = ['api', ...Array.from({ length: 2000 }, () => 'a')]
    const table = compileRoutes(Array.from({ length: 200 }, () => slow))

    expect(findRoute(table, 'GET', path)).toBe(slow)
  })
})

describe('findPatternFault', () => {
  it.each(['/api/items', '/api/*', '/api/items/:id', '/api/*/x', '/api/v1.2/a_b-c~d', '/api/items:batch'])(
    'has nothing against %s',
    (pattern) => {
      expect(findPatternFault(pattern)).toBeNull()
    },
  )

  it.each([
    ['', '/api/'],
    ['/', '/api/'],
    ['/other/x', '/api/'],
    ['api/items', '/api/'],
    ['/api', '/api/'],
    ['/api/', 'empty'],
    ['/api//items', 'empty'],
    ['/api/items/', 'slash at the end'],
    ['/api/../x', 'dot'],
    ['/api/:id{[0-9]+}', 'regular expressions'],
    ['/api/:id{(a+)+$}', 'regular expressions'],
    ['/api/:id?', 'literal segments'],
    ['/api/a*', 'literal segments'],
    ['/api/%61', 'encodings'],
    ['/api/a b', 'literal segments'],
    ['/api/:', 'literal segments'],
    ['/api/a;b', 'literal segments'],
    ['/api/:id/x/:id', 'twice'],
    [`/api/${'a'.repeat(600)}`, 'at most'],
  ])('says of %s what is wrong: %s', (pattern, word) => {
    expect(findPatternFault(pattern)).toContain(word)
  })
})

describe('findConflictingRoute', () => {
  it.each([
    [[aRoute('/api/a'), aRoute('/api/a')], 0],
    [[aRoute('/api/:x'), aRoute('/api/:y')], 0],
    [[aRoute('/api/:x/b'), aRoute('/api/*/b')], 0],
    [[aRoute('/api/a', ['GET', 'POST']), aRoute('/api/a', ['POST'])], 0],
    [[aRoute('/api/a', ['GET']), aRoute('/api/a', ['POST'])], -1],
    [[aRoute('/api/a', ['GET']), aRoute('/api/a', ['*'])], -1],
    [[aRoute('/api/:x'), aRoute('/api/*')], -1],
    [[aRoute('/api/a/:x'), aRoute('/api/:x/a')], -1],
  ])('finds in %j the earlier route that the last repeats: %i', (routes, index) => {
    expect(findConflictingRoute(routes, routes.length - 1)).toBe(index)
  })
})

describe('TEMPLATE_ROUTES', () => {
  it.each(Object.entries(TEMPLATE_ROUTES))(
    'of %s are sound and ask only for scopes of the template',
    (name, routes) => {
      const catalogue: string[] = TEMPLATES[name === 'data-api' ? 'data-api' : 'recommendations'].map(
        (scope) => scope.name,
      )

      expect(routes.map(({ path }) => findPatternFault(path))).toEqual(routes.map(() => null))
      expect(routes.map((_, index) => findConflictingRoute(routes, index))).toEqual(routes.map(() => -1))
      expect(routes.flatMap(({ scopes }) => scopes).every((scope) => catalogue.includes(scope))).toBe(true)
    },
  )

  it.each([
    ['GET', '/api/rest/books', ['read']],
    ['HEAD', '/api/rest/books', ['read']],
    ['POST', '/api/rest/books', ['write']],
    ['DELETE', '/api/rest/books/1', ['write']],
    ['GET', '/api/custom/top', ['read', 'write']],
    ['POST', '/api/custom/top', ['read', 'write']],
  ])('of data-api ask for %s %s the scopes %j', (method, path, scopes) => {
    const table = compileRoutes(TEMPLATE_ROUTES['data-api'])

    expect(findRoute(table, method, path.slice(1).split('/'))?.scopes).toEqual(scopes)
  })

  it.each([
    ['GET', '/api/recommendations', ['recommendations']],
    ['POST', '/api/events', ['events']],
    ['POST', '/api/items', ['items']],
    ['PATCH', '/api/items/7', ['items']],
    ['DELETE', '/api/items/7', ['items']],
    ['DELETE', '/api/items', ['items']],
    ['GET', '/api/v1/recommendations', ['recommendations']],
    ['POST', '/api/v1/search', ['recommendations']],
    ['POST', '/api/v1/events', ['events']],
    ['POST', '/api/v1/items', ['items']],
    ['POST', '/api/v1/items/itm_7', ['items']],
    ['PATCH', '/api/v1/items/itm_7', ['items']],
    ['DELETE', '/api/v1/items/itm_7', ['items']],
    ['POST', '/api/items/7', undefined],
    ['GET', '/api/v1/search', undefined],
    ['GET', '/api/items/7', undefined],
    ['GET', '/api/events', undefined],
  ])('of recommendations ask for %s %s the scopes %j', (method, path, scopes) => {
    const table = compileRoutes(TEMPLATE_ROUTES.recommendations)

    expect(findRoute(table, method, path.slice(1).split('/'))?.scopes).toEqual(scopes)
  })
})
