import { describe, expect, it } from 'vitest'
import { formatCsvRecord } from '../../src/http/csv.ts'

describe('formatCsvRecord', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['two\r\nlines', '"two\r\nlines"'],
    ['{"name":"x"}', '"{""name"":""x""}"'],
  ])('writes %j as RFC 4180 has it', (text, cell) => {
    expect(formatCsvRecord([text])).toBe(`${cell}\r\n`)
  })

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\ufeff=1',
    '\u202e=1',
    '\uff1d1',
    '\tx',
    '\rx',
    '=HYPERLINK("https://evil.example","x")',
  ])('makes text of %j, which a spreadsheet would reckon with', (text) => {
    expect(formatCsvRecord([text])).toMatch(/^"?'/)
  })

  it('leaves alone what only holds such a sign further on', () => {
    expect(formatCsvRecord(['a=1', 'evt_1', '2026-11-21T12:00:00.000Z'])).toBe('a=1,evt_1,2026-11-21T12:00:00.000Z\r\n')
  })
})
