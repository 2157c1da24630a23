import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTimestamp, toTimestamp } from '../../src/http/timestamps.ts'

describe('parseTimestamp', () => {
  it.each([
    ['2027-01-31T12:00:00Z', '2027-01-31T12:00:00.000Z'],
    ['2027-01-31t12:00:00z', '2027-01-31T12:00:00.000Z'],
    ['2027-01-31T12:00:00.5Z', '2027-01-31T12:00:00.500Z'],
    ['2027-01-31T12:00:00.999999999Z', '2027-01-31T12:00:00.999Z'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['2027-01-31T00:00:00+02:00', '2027-01-30T22:00:00.000Z'],
    ['2027-01-31T23:30:00-01:00', '2027-02-01T00:30:00.000Z'],
    ['2027-01-31T12:00:00-00:00', '2027-01-31T12:00:00.000Z'],
    ['2027-01-31T12:00:00+23:59', '2027-01-30T12:01:00.000Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z'],
    ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
    ['0099-12-31T00:00:00Z', '0099-12-31T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['0000-01-01T00:30:00-01:00', '0000-01-01T01:30:00.000Z'],
  ])('reads %s as %s', (text, read) => {
    expect(toTimestamp(parseTimestamp(text) ?? Number.NaN)).toBe(read)
  })

  it.each([
    ['a day that February does not have', '2027-02-29T00:00:00Z'],
    ['31 February', '2099-02-31T00:00:00Z'],
    ['31 April', '2027-04-31T00:00:00Z'],
    ['29 February of a century', '1900-02-29T00:00:00Z'],
    ['day 0', '2027-01-00T00:00:00Z'],
    ['month 0', '2027-00-01T00:00:00Z'],
    ['month 13', '2027-13-01T00:00:00Z'],
    ['hour 24', '2027-01-31T24:00:00Z'],
    ['minute 60', '2027-01-31T12:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['no seconds', '2027-01-31T12:00Z'],
    ['no zone', '2027-01-31T12:00:00'],
    ['a zone without a colon', '2027-01-31T12:00:00+0200'],
    ['a zone of hours', '2027-01-31T12:00:00+02'],
    ['a zone of 24 hours', '2027-01-31T12:00:00+24:00'],
    ['a zone of 60 minutes', '2027-01-31T12:00:00+01:60'],
    ['a space in the middle', '2027-01-31 12:00:00Z'],
    ['a date alone', '2027-01-31'],
    ['a point without digits', '2027-01-31T12:00:00.Z'],
    ['a comma', '2027-01-31T12:00:00,5Z'],
    ['a year of five digits', '12027-01-31T12:00:00Z'],
    ['a signed year', '+002027-01-31T12:00:00Z'],
    ['the year -1 in UTC', '0000-01-01T00:00:00+00:01'],
    ['the year 10000 in UTC', '9999-12-31T23:59:59-00:01'],
    ['spaces around', ' 2027-01-31T12:00:00Z'],
    ['a newline after', '2027-01-31T12:00:00Z\n'],
    ['digits that are not ASCII', '２０２７-01-31T12:00:00Z'],
    ['nothing', ''],
    ['a word', 'tomorrow'],
    ['a number', '1801310400000'],
  ])('refuses %s', (_, text) => {
    expect(parseTimestamp(text)).toBeNull()
  })

  it('reads what toTimestamp writes as the same moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), (at) => {
        expect(parseTimestamp(toTimestamp(at))).toBe(at)
      }),
    )
  })
})
