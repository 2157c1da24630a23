// Forms and queries (application/x-www-form-urlencoded) as they were sent. By itself URLSearchParams puts U+FFFD in place of
// what is not UTF-8, and two different texts would become one.
import { Problem } from '../core/problem.ts'

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

/** @throws {Problem} invalid_request, or unsupported_media_type for a body that is compressed */
export async function readUrlencodedBody(request: Request): Promise<URLSearchParams> {
  const coding = request.headers.get('Content-Encoding') ?? 'identity'
  if (coding.trim().toLowerCase() !== 'identity') {
    throw new Problem('unsupported_media_type', 'Send the body without a Content-Encoding.')
  }
  const bytes = await request.arrayBuffer()
  try {
    return parseUrlencoded(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (error) {
    throw error instanceof TypeError ? notUtf8() : error
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw notUtf8()
  }
}

const notUtf8 = () => new Problem('invalid_request', 'The fields must be percent-encoded UTF-8.')
