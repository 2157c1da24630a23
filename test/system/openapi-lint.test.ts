// Redocly's recommended rules on the OpenAPI document, as `redocly lint` applies them.
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { beforeAll, describe, expect, inject, it } from 'vitest'

/** Routes at which no request fails: they take nothing, and 405 is for methods that are not documented. */
const CANNOT_FAIL = [
  '/',
  '/healthz',
  '/openapi.json',
  '/.well-known/oauth-authorization-server',
  '/.well-known/jwks.json',
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/core',
]

let source: string

beforeAll(async () => {
  source = await (await fetch(`${inject('server').url}/openapi.json`)).text()
})

async function lint(text: string) {
  const problems = await lintFromString({ source: text, config: await createConfig({ extends: ['recommended'] }) })
  return problems.map(({ severity, ruleId, location }) => ({
    rule: `${severity} ${ruleId}`,
    path: pathIn(location[0]?.pointer ?? ''),
  }))
}

/** The path of the operation that a JSON pointer leads into. */
const pathIn = (pointer: string) => (pointer.split('/')[2] ?? '').replaceAll('~1', '/')

describe('the OpenAPI document', () => {
  it('has nothing that the linter objects to, but what cannot be otherwise', async () => {
    // The server is the Worker that is asked, which here is on localhost.
    const expected = [{ rule: 'warn no-server-example.com', path: '0' }]
    for (const path of CANNOT_FAIL) expected.push({ rule: 'warn operation-4xx-response', path })

    const problems = await lint(source)

    expect(problems).toHaveLength(expected.length)
    expect(problems).toEqual(expect.arrayContaining(expected))
  })

  it('would not pass with an operation that has no security, or a wrong example', async () => {
    const insecure = source.replace('"security":[],', '')
    const wrong = source.replace('"example":{"name":"Shop"}', '"example":{"name":1}')

    expect(await lint(insecure)).toContainEqual(expect.objectContaining({ rule: 'error security-defined' }))
    expect(await lint(wrong)).toContainEqual(expect.objectContaining({ rule: expect.stringContaining('example') }))
  })
})
