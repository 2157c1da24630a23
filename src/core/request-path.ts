// Reads the path of a request, and refuses it wherever servers differ in decoding, dot segments or path parameters.
// Otherwise scopes would be checked for one resource while the upstream reads the path as another.

export const MAX_PATH_LENGTH = 4096

export type RequestPath = { segments: readonly string[] } | { fault: string }

/**
 * The decoded segments of a path as it was sent, without its query. A slash at the end makes no difference.
 * Refused: a path that is not absolute or too long, empty segments, dot segments, and segments that contain, also
 * percent-encoded, a `/`, `\`, `;`, control character or a second percent-encoding.
 */
export function readRequestPath(path: string): RequestPath {
  if (!path.startsWith('/')) return { fault: 'must begin with a slash' }
  if (path.length > MAX_PATH_LENGTH) return { fault: `must be at most ${MAX_PATH_LENGTH} characters` }
  if (!VISIBLE.test(path)) return { fault: 'must be percent-encoded UTF-8' }

  const raw = path.slice(1).split('/')
  if (raw.at(-1) === '') raw.pop()
  const segments: string[] = []
  for (const text of raw) {
    const segment = decode(text)
    if (segment === null) return { fault: 'must be percent-encoded UTF-8' }
    const fault = faultOf(segment)
    if (fault) return { fault }
    segments.push(segment)
  }
  return { segments }
}

function faultOf(segment: string): string | null {
  if (segment === '') return 'must not have empty segments'
  if (segment === '.' || segment === '..') return 'must not have dot segments'
  if (AMBIGUOUS.test(segment)) return 'must not have a slash, backslash, semicolon or control character in a segment'
  if (ENCODED_AGAIN.test(segment)) return 'must not be encoded twice'
  return null
}

function decode(text: string): string | null {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** Some servers read `;` as the start of a parameter (RFC 3986 §3.3) and cut it off before they find the resource. */
const AMBIGUOUS = /[/\\;\p{Cc}]/u
const VISIBLE = /^[!-~]*$/
const ENCODED_AGAIN = /%[0-9a-f]{2}/i
