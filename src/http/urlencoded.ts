// Forms (application/x-www-form-urlencoded) as they were sent. By itself URLSearchParams puts U+FFFD in place of what is not
// UTF-8, and two different texts would become one.
import { Problem } from '../core/problem.ts'
import { readBody } from './body.ts'
import { decodeUrlencoded, decodeUtf8 } from './utf8.ts'

/** @throws {Problem} invalid_request for bytes or encodings that are not UTF-8, and for a NUL, which no field has */
export function parseUrlencoded(text: string): URLSearchParams {
  const fields = new URLSearchParams()
  for (const pair of text.split('&').filter((part) => part !== '')) {
    const end = pair.indexOf('=')
    const name = decode(end < 0 ? pair : pair.slice(0, end))
    const value = end < 0 ? '' : decode(pair.slice(end + 1))
    if (`${name}${value}`.includes('\0')) throw new Problem('invalid_request', 'A field contains a NUL character.')
    fields.append(name, value)
  }
  return fields
}

/** @throws {Problem} as parseUrlencoded, and as readBody */
export async function readUrlencodedBody(request: Request): Promise<URLSearchParams> {
  const text = decodeUtf8(await readBody(request))
  if (text === null) throw notUtf8()
  return parseUrlencoded(text)
}

function decode(text: string): string {
  const decoded = decodeUrlencoded(text)
  if (decoded === null) throw notUtf8()
  return decoded
}

const notUtf8 = () => new Problem('invalid_request', 'The fields must be percent-encoded UTF-8.')
