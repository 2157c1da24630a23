import { describe, expect, it } from 'vitest'
import { explain, type Holder } from '../../src/core/explanation.ts'
import { type Route, TEMPLATE_ROUTES } from '../../src/core/route-table.ts'

const ROUTES: readonly Route[] = TEMPLATE_ROUTES['data-api'].map((route) => ({
  ...route,
  upstream: route.path === '/api/custom/*' ? null : { url: 'https://api.example.com' },
}))
const HOLDER: Holder = { scopes: ['read'], refusedAs: null }

const outcomeOf = (method: string, path: string, holder = HOLDER) => explain(ROUTES, { method, path }, holder).outcome

describe('explain', () => {
  it.each([
    ['passes', 'GET', '/api/rest/items/7'],
    ['passes', 'HEAD', '/api/rest/items/7'],
    ['passes', 'GET', '/api/rest/items?limit=2#top'],
    ['passes', 'GET', '/api/else/../rest/items'],
    ['passes', 'GET', '/api/rest/caf\u00e9 au lait'],
    ['insufficient_scope', 'POST', '/api/rest/items'],
    ['no_route', 'GET', '/api/elsewhere'],
    ['no_route', 'GET', '/v1/projects'],
    ['no_route', 'TRACE', '/api/rest/items'],
    ['bad_path', 'GET', 'api/rest/items'],
    ['bad_path', 'GET', '/api/rest//items'],
    ['bad_path', 'GET', '/api/rest/a%2Fb'],
    ['bad_path', 'GET', ''],
  ] as const)('%s: %s %s', (outcome, method, path) => {
    expect(outcomeOf(method, path)).toBe(outcome)
  })

  it('names the scopes that are missing, and the route that asks for them', () => {
    const explanation = explain(ROUTES, { method: 'POST', path: '/api/custom/report' }, HOLDER)

    expect(explanation).toMatchObject({ route: { path: '/api/custom/*' }, missing: ['write'] })
  })

  it('tells a route that lets the request through to nowhere', () => {
    const holder = { ...HOLDER, scopes: ['read', 'write'] }

    expect(outcomeOf('GET', '/api/custom/report', holder)).toBe('no_upstream')
  })

  it('says no to a dead key before it says anything of routes, and to a bad path before that', () => {
    const dead = { ...HOLDER, refusedAs: 'revoked' } as const

    expect(outcomeOf('GET', '/api/elsewhere', dead)).toBe('bad_key')
    expect(outcomeOf('GET', '/api//elsewhere', dead)).toBe('bad_path')
  })
})
