import { describe, expect, it } from 'vitest'
import { invalidField, notFound, PROBLEMS, Problem, RETRY_AFTER_SECONDS } from '../../src/core/problem.ts'

describe('PROBLEMS', () => {
  it('give each code the status of the contract', () => {
    const statuses = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status])

    expect(Object.fromEntries(statuses)).toEqual({
      invalid_request: 400,
      unauthenticated: 401,
      forbidden: 403,
      insufficient_scope: 403,
      browser_not_allowed: 403,
      not_found: 404,
      conflict: 409,
      method_not_allowed: 405,
      precondition_failed: 412,
      payload_too_large: 413,
      unsupported_media_type: 415,
      rate_limited: 429,
      internal_error: 500,
      bad_gateway: 502,
      gateway_timeout: 504,
      unavailable: 503,
    })
  })

  it.each(Object.entries(PROBLEMS))('explain %s with a title and a sentence of help', (_code, { title, help }) => {
    expect(title).toMatch(/^[A-Z].*[^.]$/)
    expect(help).toMatch(/^[A-Z].*\.$/)
  })

  it.each(Object.keys(PROBLEMS))('can stand in a URL: %s', (code) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
  })

  it('have no two titles alike', () => {
    const titles = Object.values(PROBLEMS).map(({ title }) => title)

    expect(new Set(titles).size).toBe(titles.length)
  })
})

describe('Problem', () => {
  it('is an error that carries its code, its message and its faults', () => {
    const faults = [{ path: 'scopes.0', message: 'is unknown' }]

    const problem = new Problem('invalid_request', 'The scopes do not fit.', { faults })

    expect(problem).toBeInstanceOf(Error)
    expect(problem).toMatchObject({
      name: 'Problem',
      code: 'invalid_request',
      message: 'The scopes do not fit.',
      faults,
    })
  })

  it('has no faults unless they are given', () => {
    expect(new Problem('conflict', 'The key is revoked.').faults).toEqual([])
  })

  it('of one field names the field to people and to programs', () => {
    expect(invalidField('expiresAt', 'must be in the future')).toMatchObject({
      code: 'invalid_request',
      message: 'expiresAt: must be in the future',
      faults: [{ path: 'expiresAt', message: 'must be in the future' }],
    })
  })

  it('of a missing record says what is missing', () => {
    expect(notFound('key')).toMatchObject({ code: 'not_found', message: 'There is no such key.', faults: [] })
  })
})

describe('RETRY_AFTER_SECONDS', () => {
  it('is a whole number of seconds above zero, as Retry-After wants it', () => {
    expect(Number.isInteger(RETRY_AFTER_SECONDS) && RETRY_AFTER_SECONDS > 0).toBe(true)
  })
})
