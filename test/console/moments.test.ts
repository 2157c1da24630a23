import { beforeAll, describe, expect, it } from 'vitest'
import { parseDay, parseMoment } from '../../src/console/moments.ts'
import { call, walkToKey } from '../support/client.ts'
import { aSignedIn, hiddenField, type Visitor } from '../support/visitor.ts'

const NO_DAYS = [
  ...['2099-02-31', '2099-02-29', '2100-02-29', '2099-04-31', '2099-13-01', '2099-00-10', '2099-01-00', '2099-01-32'],
  ...[
    '2099-1-1',
    '31.1.2099',
    '20990131',
    '2099-01',
    '+012099-01-31',
    '-000001-01-01',
    '10000-01-01',
    '２０９９-01-31',
  ],
  ...['2099-01-31T00:00', '2099-01-31Z', 'tomorrow', '0'],
]
const DAYS: [day: string, end: string][] = [
  ['2099-01-31', '2099-02-01T00:00:00.000Z'],
  ['2096-02-29', '2096-03-01T00:00:00.000Z'],
  ['2099-12-31', '2100-01-01T00:00:00.000Z'],
  // There is no moment after it that the API could show.
  ['9999-12-31', '9999-12-31T23:59:59.999Z'],
]
const NO_MOMENTS = [
  ...NO_DAYS.map((day) => `${day}T12:00`),
  ...['2026-11-21T24:00', '2026-11-21T12:60', '2026-11-21T12:00:60', '2026-11-21T12', '2026-11-21 12:00', '2026-11-21'],
  ...['2026-11-21T12:00Z', '2026-11-21T12:00+02:00', '2026-11-21T12:00:00.1234', '2026-11-21t12:00', 'now'],
]

describe('a day of a date field', () => {
  it.each(NO_DAYS)('is not %s', (text) => {
    expect(parseDay(text)).toBeNull()
  })

  it.each(['2099-01-31', '2000-02-29', '0001-01-01', '9999-12-31'])('is %s', (text) => {
    expect(new Date(parseDay(text) ?? Number.NaN).toISOString()).toBe(`${text}T00:00:00.000Z`)
  })
})

describe('a moment of a date and time field', () => {
  it.each(NO_MOMENTS)('is not %s', (text) => {
    expect(parseMoment(text)).toBeNull()
  })

  it.each([
    ['2026-11-21T12:00', '2026-11-21T12:00:00.000Z'],
    ['2026-11-21T12:00:30', '2026-11-21T12:00:30.000Z'],
    ['2026-11-21T23:59:59.5', '2026-11-21T23:59:59.500Z'],
    ['9999-12-31T23:59:59.999', '9999-12-31T23:59:59.999Z'],
  ])('is %s', (text, moment) => {
    expect(new Date(parseMoment(text) ?? Number.NaN).toISOString()).toBe(moment)
  })
})

describe('a date at the console', () => {
  let visitor: Visitor
  let environment: { id: string; name: string }
  let key: { id: string; name: string }
  beforeAll(async () => {
    visitor = await aSignedIn()
    const walked = await walkToKey()
    environment = walked.environment
    key = walked.key
  })

  it.each(DAYS)('has a new key and an edited one work all of %s', async (expiresOn, end) => {
    const form = `/console/environments/${environment.id}/keys/new`
    const formId = hiddenField(await visitor.get(form), 'formId')
    const name = `until ${expiresOn}`
    const edit = `/console/keys/${key.id}/edit`
    const ifMatch = hiddenField(await visitor.get(edit), 'ifMatch')

    const made = await visitor.post(form, { formId, name, expiry: 'date', expiresOn })
    const edited = await visitor.post(edit, { ifMatch, name: key.name, metadata: '{}', expiry: 'date', expiresOn })

    expect([made.status, edited.status]).toEqual([201, 303])
    const search = encodeURIComponent(name)
    const { data } = (await call('GET', `/v1/environments/${environment.id}/keys?search=${search}`)).body
    expect(data).toMatchObject([{ expiresAt: end }])
    expect((await call('GET', `/v1/keys/${key.id}`)).body).toMatchObject({ expiresAt: end })
  })

  it.each(NO_DAYS)('makes no key and edits none when it is %s', async (expiresOn) => {
    const form = `/console/environments/${environment.id}/keys/new`
    const fields = { name: 'never', expiry: 'date', expiresOn, metadata: '{}' }

    for (const page of [form, `/console/keys/${key.id}/edit`]) {
      const answer = await visitor.post(page, fields)
      expect(answer.status).toBe(400)
      expect(answer.body).toContain('must be a day that exists')
    }
  })

  it.each(NO_MOMENTS)('filters no events and exports none when it is %s', async (moment) => {
    for (const page of ['audit-log', 'audit-log/export.csv', 'audit-log/export.ndjson']) {
      for (const name of ['from', 'to']) {
        const answer = await visitor.get(`/console/${page}?${new URLSearchParams({ [name]: moment })}`)
        expect([page, answer.status]).toEqual([page, 400])
        expect(answer.body).toContain('must be a date and time that exists')
      }
    }
  })

  it.each(NO_MOMENTS)('revokes no keys when it is %s', async (issuedBefore) => {
    const fields = { issuedBefore, reason: 'compromised', confirmRevocation: environment.name }

    const answer = await visitor.post(`/console/environments/${environment.id}/settings/revoke-keys`, fields)

    expect(answer.status).toBe(400)
    expect(answer.body).toContain('must be a date and time that exists')
    expect((await call('GET', `/v1/keys/${key.id}`)).body).toMatchObject({ status: 'active' })
  })
})
