import { describe, expect, it } from 'vitest'
import { OAUTH_ERRORS, OAuthError } from '../../src/core/oauth-error.ts'

describe('OAuth errors', () => {
  it.each<[keyof typeof OAUTH_ERRORS, number]>([
    ['invalid_request', 400],
    ['invalid_client', 401],
    ['invalid_scope', 400],
    ['unsupported_grant_type', 400],
    ['invalid_token', 401],
    ['insufficient_scope', 403],
    ['temporarily_unavailable', 503],
  ])('answer %s with %i', (code, status) => {
    expect(OAUTH_ERRORS[code]).toBe(status)
  })

  it.each(Object.keys(OAUTH_ERRORS))('have a name that may stand in an answer: %s (RFC 6749 §5.2)', (code) => {
    expect(code).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
  })

  it('carry their code and what is to be told', () => {
    const error = new OAuthError('invalid_scope', 'no such scope')

    expect(error).toMatchObject({ code: 'invalid_scope', message: 'no such scope', name: 'OAuthError' })
  })
})
