// The body of a request to a route with rerank. It may name the context, as a search does, and must not set the mode or
// depth. So it is read, and refused where it cannot be: a body that nobody can read here could say anything to the upstream.
import { type JsonMember, readMembers, writeMembers } from '../core/json-members.ts'
import { MAX_BODY_BYTES, readAtMost } from '../http/body.ts'
import { decodeUtf8 } from '../http/utf8.ts'
import type { RerankQuestion } from '../service/rerank.ts'
import { isBodyless } from './forward.ts'
import { CONTEXT_PARAMETER, isRerankControl, SURFACE_PARAMETER } from './query.ts'
import type { Refusal } from './refusal.ts'

export type RerankBody = {
  question: RerankQuestion
  /** The request to send on: its body as it came, but for the client's mode and depth. */
  request: Request
}

export async function readRerankBody(request: Request): Promise<RerankBody | Refusal> {
  if (isBodyless(request) || request.body === null || request.headers.get('Content-Length') === '0') {
    return { question: NOTHING_NAMED, request }
  }
  const fault = findHeaderFault(request.headers)
  if (fault) return fault
  const bytes = await readBytes(request)
  if (!(bytes instanceof Uint8Array)) return bytes
  if (bytes.length === 0) return { question: NOTHING_NAMED, request: withBody(request, bytes) }

  const members = readMembers(decodeUtf8(bytes) ?? '')
  if (members === null) return NOT_AN_OBJECT
  const contextId = readNamed(members, CONTEXT_PARAMETER)
  if (isRefusal(contextId)) return contextId
  const surface = readNamed(members, SURFACE_PARAMETER)
  if (isRefusal(surface)) return surface
  const kept = members.filter((member) => !setsRerank(member))
  const body = kept.length === members.length ? bytes : new TextEncoder().encode(writeMembers(kept))
  return { question: { contextId, surface }, request: withBody(request, body) }
}

function findHeaderFault(headers: Headers): Refusal | null {
  if (!JSON_TYPE.test(headers.get('Content-Type') ?? '')) return NOT_JSON
  const coding = headers.get('Content-Encoding')?.trim().toLowerCase() ?? ''
  return coding === '' || coding === 'identity' ? null : ENCODED
}

async function readBytes(request: Request): Promise<Uint8Array | Refusal> {
  try {
    return (await readAtMost(request, MAX_BODY_BYTES)) ?? TOO_LARGE
  } catch {
    // The client went away, or broke its own framing.
    return CUT_SHORT
  }
}

function withBody(request: Request, body: Uint8Array): Request {
  const headers = new Headers(request.headers)
  headers.set('Content-Length', String(body.length))
  return new Request(request, { headers, body, signal: request.signal })
}

/**
 * What the body names by this member; null when it names nothing. Some parsers ignore case, so a name that is there twice
 * but for case is one that servers read differently.
 */
function readNamed(members: readonly JsonMember[], name: string): string | null | Refusal {
  const [member, ...more] = members.filter((member) => fold(member.name) === name)
  if (more.length > 0) return { code: 'invalid_request', detail: 'must be given once', path: name }
  if (member?.name !== name || member.value === 'null') return null
  if (member.value.startsWith('"')) return JSON.parse(member.value)
  // An id that is a number is written as the query would have it.
  return WHOLE_NUMBER.test(member.value)
    ? member.value
    : { code: 'invalid_request', detail: 'must be a string', path: name }
}

const isRefusal = (named: string | null | Refusal): named is Refusal => typeof named === 'object' && named !== null

/** By a member of its own, or as `"rerank": { "mode": … }`, which is what parsers of forms make of `rerank[mode]`. */
function setsRerank({ name, value }: JsonMember): boolean {
  const folded = fold(name)
  if (isRerankControl(folded)) return true
  const parts = folded === 'rerank' ? (readMembers(value) ?? []) : []
  return parts.some((part) => isRerankControl(`rerank.${fold(part.name)}`))
}

/** Names that some parser takes for the same become one: case is ignored as Unicode has it, so K (the Kelvin sign) is k. */
const fold = (name: string) => name.normalize('NFKC').toLowerCase()

const NOTHING_NAMED: RerankQuestion = { contextId: null, surface: null }

/** Other charsets than UTF-8 are refused: read in UTF-7, the same bytes have other names. */
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i
const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/

const NOT_JSON: Refusal = {
  code: 'unsupported_media_type',
  detail: 'On this route a body must be JSON in UTF-8: send it as `Content-Type: application/json`.',
}
const ENCODED: Refusal = {
  code: 'unsupported_media_type',
  detail: 'On this route a body must not be compressed: send it without `Content-Encoding`.',
}
const TOO_LARGE: Refusal = {
  code: 'payload_too_large',
  detail: `On this route a body may be at most ${MAX_BODY_BYTES} bytes.`,
}
const CUT_SHORT: Refusal = { code: 'invalid_request', detail: 'The body ended before it was complete.', path: 'body' }
const NOT_AN_OBJECT: Refusal = {
  code: 'invalid_request',
  detail: 'On this route a body must be a well-formed JSON object.',
  path: 'body',
}
