import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseUrlencoded, readUrlencodedBody } from '../../src/http/urlencoded.ts'

describe('parseUrlencoded', () => {
  it('reads whatever fields were written', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'))
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        expect([...parseUrlencoded(new URLSearchParams(pairs).toString())]).toEqual(pairs)
      }),
    )
  })

  it.each([
    ['', []],
    ['&&', []],
    ['a', [['a', '']]],
    ['a=b=c', [['a', 'b=c']]],
    ['=b', [['', 'b']]],
    ['a=+%2B+', [['a', ' + ']]],
    ['a=1&a=2', [['a', '1'], ['a', '2']]], // biome-ignore format: one case, one line
    ['name=M%C3%BCller', [['name', 'Müller']]],
    ['name=%F0%9F%94%91', [['name', '🔑']]],
  ])('reads %j', (text, pairs) => {
    expect([...parseUrlencoded(text)]).toEqual(pairs)
  })

  it.each(['a=%FC', '%FC=a', 'a=%C3', 'a=%C0%80', 'a=%ED%A0%80', 'a=%F5%80%80%80', 'a=%', 'a=%4', 'a=%zz', 'a=100%'])(
    'refuses %j instead of reading something else',
    (text) => {
      expect(() => parseUrlencoded(text)).toThrow('percent-encoded UTF-8')
    },
  )

  it.each(['a=%00', 'a%00=b', 'a=b\0c'])('refuses a NUL in %j', (text) => {
    expect(() => parseUrlencoded(text)).toThrow('NUL')
  })
})

describe('readUrlencodedBody', () => {
  const aRequest = (body: BodyInit, headers: Record<string, string> = {}) =>
    new Request('https://keyward.test', { method: 'POST', body, headers })

  it('reads a body of no bytes as no fields', async () => {
    expect([...(await readUrlencodedBody(new Request('https://keyward.test', { method: 'POST' })))]).toEqual([])
  })

  it.each([[[0x61, 0x3d, 0xff]], [[0x61, 0x3d, 0xc3]], [[0x61, 0x3d, 0xed, 0xa0, 0x80]], [[0xff, 0xfe, 0x61, 0x00]]])(
    'refuses the bytes %j, which are not UTF-8',
    async (bytes) => {
      await expect(readUrlencodedBody(aRequest(new Uint8Array(bytes)))).rejects.toMatchObject({
        code: 'invalid_request',
        message: 'The fields must be percent-encoded UTF-8.',
      })
    },
  )

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'gzip, identity'])('refuses the Content-Encoding %s', async (coding) => {
    const request = aRequest('a=b', { 'Content-Encoding': coding })

    await expect(readUrlencodedBody(request)).rejects.toMatchObject({ code: 'unsupported_media_type' })
  })
})
