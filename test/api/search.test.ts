import { beforeAll, describe, expect, it } from 'vitest'
import { aKeyIn, call, expectFaults, SECRET_MATERIAL, walkToKey } from '../support/client.ts'

let environmentId: string
beforeAll(async () => {
  environmentId = (await walkToKey({ name: 'another' })).environment.id
})

const search = (typed: string) =>
  call('GET', `/v1/environments/${environmentId}/keys?${new URLSearchParams({ search: typed })}`)

async function namesFound(typed: string): Promise<string[]> {
  const { status, body } = await search(typed)
  expect(status).toBe(200)
  return body.data.map(({ name }: { name: string }) => name)
}

describe('a search', () => {
  it.each([
    ['İstanbul deposu', 'istanbul'],
    ['İstanbul deposu', 'İSTANBUL'],
    ['ISPARTA', 'ısparta'],
    ['Straße Süd', 'STRASSE'],
    ['STRASSE NORD', 'straße n'],
    ['STRAẞE WEST', 'strasse w'],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς'],
    ['οδός', 'ΟΔΌΣ'],
    ['ﬁnance', 'FIN'],
    ['Øster', 'øSTER'],
    ['ＦＵＬＬ width', 'full'],
    ['bil\u00adling soft', 'billing s'],
  ])('finds %s by %s', async (name, typed) => {
    await aKeyIn(environmentId, { name })

    expect(await namesFound(typed)).toContain(name)
  })

  it('finds a key by its token up to the prefix, in any case and cut anywhere', async () => {
    const { key } = await aKeyIn(environmentId, { name: 'leaked' })

    for (const typed of [
      `nsl_${key.prefix}`,
      `nsl_${key.prefix}_`,
      `NSL_${key.prefix.toLowerCase()}`,
      `nsl_${key.prefix.slice(0, 6)}`,
    ])
      expect(await namesFound(typed)).toEqual(['leaked'])
    expect(await namesFound(`nslm_${key.prefix}`)).toEqual([])
  })

  it('still finds a name that begins like a token', async () => {
    await aKeyIn(environmentId, { name: 'nsl_rotation job' })

    expect(await namesFound('nsl_rotation')).toEqual(['nsl_rotation job'])
    expect(await namesFound('nsl_')).toEqual(['nsl_rotation job'])
  })

  it('refuses a token, says where to send it, and does not repeat it', async () => {
    const { token } = await aKeyIn(environmentId)
    const other = token.replace(/^nsl/, 'abcdefghijs')

    for (const typed of [
      token,
      `Bearer ${token}`,
      ` ${token}`,
      token.slice(0, -8),
      token.replace(/^nsl/, 'nslm'),
      other,
    ]) {
      const answer = await search(typed)

      expectFaults(answer, ['search'])
      expect(answer.body.errors[0].message).toContain('POST /v1/keys/verify')
      expect(JSON.stringify(answer.body)).not.toMatch(SECRET_MATERIAL)
    }
  })

  it('refuses an access token', async () => {
    expectFaults(await search(`eyJ${'a'.repeat(30)}.eyJ${'b'.repeat(30)}.${'c'.repeat(86)}`), ['search'])
  })

  it.each(['', ' ', '\u200b', 'x'.repeat(65), 'a\u0000'])('refuses %j', async (typed) => {
    expectFaults(await search(typed), ['search'])
  })
})
