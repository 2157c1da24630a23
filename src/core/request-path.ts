// The path of a request, read so that no upstream can read it otherwise. What one server would decode, resolve or cut
// off and another would not is refused: else a scope is asked for one resource and another is reached.

export const MAX_PATH_LENGTH = 4096

export type RequestPath = { segments: readonly string[] } | { fault: string }

/**
 * The decoded segments of a path as it was sent, without its query. A slash at the end makes no difference.
 * Refused: a path that is not absolute or too long, empty segments, segments that are dots, and those in which an
 * encoded or literal `/`, `\`, `;`, control character or a second encoding hides.
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

/** A semicolon begins a parameter for some servers (RFC 3986 §3.3), which cut it off before they look for the resource. */
const AMBIGUOUS = /[/\\;\p{Cc}]/u
const VISIBLE = /^[!-~]*$/
const ENCODED_AGAIN = /%[0-9a-f]{2}/i
