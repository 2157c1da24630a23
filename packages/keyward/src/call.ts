// One call of the management API: its request, at most two more attempts where those are safe, and its answer or error.
import { type FetchFunction, KeywardConfigError, refuseUnknownOptions } from './configuration.ts'
import { rememberTag } from './entity-tags.ts'
import { type FieldError, KeywardError } from './keyward-error.ts'
import { OPERATIONS } from './openapi.ts'
import type { BodyOf, OperationName, ResultOf } from './operation.ts'
import { isRecord, parseJson, readAtMost } from './read-body.ts'

export type Connection = { url: string; managementKey: string; fetch: FetchFunction; timeoutMs: number }

export type CallOptions<Name extends OperationName> = {
  /** The values of the path, in its order. */
  path?: readonly string[]
  query?: object
  body?: BodyOf<Name>
  idempotencyKey?: string
  ifMatch?: string
}

export type Call = <Name extends OperationName>(name: Name, options: CallOptions<Name>) => Promise<ResultOf<Name>>

export function createCall(connection: Connection): Call {
  return async (name, options) => {
    const request = createRequest(connection, name, options)
    const answer = await sendInTime(connection, request)
    // The answer has the type that the document of the same version promises.
    return answer as ResultOf<typeof name>
  }
}

type ApiRequest = {
  url: string
  init: { method: string; headers: Record<string, string>; body?: string; redirect: 'manual' }
  /** A GET, or a POST that has the same effect however often it arrives. */
  isRepeatable: boolean
  /** What no error may hold. */
  secrets: readonly string[]
}

function createRequest<Name extends OperationName>(
  { url, managementKey }: Connection,
  name: Name,
  options: CallOptions<Name>,
): ApiRequest {
  const operation = OPERATIONS[name]
  const { takesIdempotencyKey } = operation
  // A mistyped `ifMatch` would make the change to any version.
  refuseUnknownOptions(options, takesIdempotencyKey ? [...OPTIONS, 'idempotencyKey'] : OPTIONS)
  refuseUnset(options)
  refuseUnset(options.query ?? {})
  refuseUnset(options.body ?? {})
  const headers: Record<string, string> = { Authorization: `Bearer ${managementKey}`, Accept: 'application/json' }
  const secrets = [managementKey]
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.ifMatch !== undefined) headers['If-Match'] = options.ifMatch
  if (takesIdempotencyKey) {
    const key = options.idempotencyKey ?? crypto.randomUUID()
    if (!IDEMPOTENCY_KEY.test(key)) {
      throw new KeywardConfigError('idempotencyKey must be 16 to 255 visible ASCII characters, such as a random UUID')
    }
    headers['Idempotency-Key'] = key
    // Whoever holds it may be sent the same token again.
    secrets.push(key)
  }
  return {
    url: url + fillPath(operation.path, options.path ?? []) + formatQuery(options.query ?? {}),
    init: {
      method: operation.method,
      headers,
      redirect: 'manual',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    },
    isRepeatable: operation.method === 'GET' || takesIdempotencyKey,
    secrets,
  }
}

/** A value left unset would do more than was meant: a key that never expires, a list of everything, a change of any version. */
function refuseUnset(values: object): void {
  const unset = Object.entries(values).find(([, value]) => value === undefined)
  if (unset) throw new KeywardConfigError(`${unset[0]} is undefined: leave it out or give it a value`)
}

function fillPath(template: string, values: readonly string[]): string {
  const left = [...values]
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value: unknown = left.shift()
    // `.` and `..` would name another path, and nothing else is empty.
    if (typeof value !== 'string' || /^\.{0,2}$/.test(value)) throw new KeywardConfigError(`${name} must be an id`)
    return encodeURIComponent(refuseToken(name, value))
  })
}

function formatQuery(query: object): string {
  const pairs = Object.entries(query).map(([name, value]): [string, string] => [name, refuseToken(name, String(value))])
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

/** An address is written to logs on its whole way. A token belongs in the body of `keys.verify`. */
function refuseToken(name: string, value: string): string {
  if (!TOKEN.test(value)) return value
  throw new KeywardConfigError(`${name} must not be a token: it would be in the URL. Ask keys.verify about a token`)
}

/** Tries until there is an answer, as often as is safe, and as long as `timeoutMs` for all attempts together. */
async function sendInTime({ fetch, timeoutMs }: Connection, request: ApiRequest): Promise<unknown> {
  const controller = new AbortController()
  const end = Date.now() + timeoutMs
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(timeoutMs)), timeoutMs)
  })
  const attempts = async () => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send(fetch, request, controller.signal)
      } catch (error) {
        const waitMs = request.isRepeatable && attempt < MAX_ATTEMPTS ? waitBeforeNext(error, attempt) : null
        if (waitMs === null || controller.signal.aborted || Date.now() + waitMs >= end) throw error
        await new Promise((resolve) => setTimeout(resolve, waitMs))
        if (controller.signal.aborted) throw error
      }
    }
  }
  try {
    return await Promise.race([attempts(), late])
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}

/** After a broken connection, or when Keyward said how long to wait; null when another attempt would not help. */
function waitBeforeNext(error: unknown, attempt: number): number | null {
  if (!(error instanceof KeywardError)) return null
  if (error.code === 'unreachable') return FIRST_WAIT_MS * attempt
  return error.status === 503 && error.retryAfterSeconds !== null ? error.retryAfterSeconds * 1000 : null
}

async function send(fetch: FetchFunction, { url, init, secrets }: ApiRequest, signal: AbortSignal): Promise<unknown> {
  const { response, text } = await exchange(fetch, url, { ...init, signal })
  const value = parseJson(text)
  if (response.status === 204) return undefined
  if (response.ok && isRecord(value)) {
    rememberTag(value, response.headers.get('ETag'))
    return value
  }
  throw toError(response, value, secrets)
}

/** @throws {KeywardError} unreachable, without what the connection or the given `fetch` threw: it may hold the headers */
async function exchange(fetch: FetchFunction, url: string, init: RequestInit) {
  try {
    const response = await fetch(url, init)
    return { response, text: await readAtMost(response, MAX_ANSWER_BYTES) }
  } catch (error) {
    const reason = systemCodeOf(error)
    throw new KeywardError({
      status: null,
      code: 'unreachable',
      title: 'Keyward could not be reached',
      detail: `The connection broke${reason === null ? '' : ` (${reason})`}.`,
    })
  }
}

const timedOut = (timeoutMs: number) =>
  new KeywardError({
    status: null,
    code: 'timed_out',
    title: 'Keyward did not answer in time',
    detail: `No answer came within ${timeoutMs} ms. The call may have been done all the same.`,
  })

function toError(response: Response, value: unknown, secrets: readonly string[]): KeywardError {
  const { status, headers } = response
  const problem = isRecord(value) && !response.ok ? value : {}
  const text = (field: unknown) => (typeof field === 'string' ? withoutSecrets(field, secrets) : null)
  const code = text(problem['code'])
  const retryAfter = headers.get('Retry-After') ?? ''
  const given = {
    status,
    requestId: text(problem['requestId']) ?? text(headers.get('X-Request-Id')),
    retryAfterSeconds: SECONDS.test(retryAfter) ? Number(retryAfter) : null,
  }
  if (code === null) {
    const title = 'Something else than Keyward answered'
    return new KeywardError({ ...given, code: 'unexpected_answer', title, detail: `It answered HTTP ${status}.` })
  }
  const errors = Array.isArray(problem['errors']) ? problem['errors'].filter(isRecord) : []
  return new KeywardError({
    ...given,
    code,
    title: text(problem['title']) ?? code,
    detail: text(problem['detail']) ?? `HTTP ${status}.`,
    errors: errors.map(
      ({ path, message }): FieldError => ({ path: text(path) ?? '', message: text(message) ?? 'is invalid' }),
    ),
  })
}

/** Keyward puts no secret into a problem; what stands before it may put the whole request there. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[removed]'), text)
  return known.replace(TOKENS, '[removed]')
}

/** Such as ECONNREFUSED: what the operating system said, by the error or, in Node's fetch, by its cause. */
function systemCodeOf(error: unknown): string | null {
  const codes = [error, isRecord(error) ? error['cause'] : undefined].map((from) =>
    isRecord(from) ? from['code'] : null,
  )
  return codes.find((code): code is string => typeof code === 'string' && SYSTEM_CODE.test(code)) ?? null
}

const OPTIONS = ['path', 'query', 'body', 'ifMatch']
const MAX_ATTEMPTS = 3
const FIRST_WAIT_MS = 100
/** A page holds at most 100 records. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const IDEMPOTENCY_KEY = /^[!-~]{16,255}$/
const SECONDS = /^\d{1,4}$/
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{2,40}$/
/** Keys, management keys and client secrets of any brand, and access tokens. */
const TOKEN = /[a-z][a-z0-9]{1,10}_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/
const TOKENS = new RegExp(TOKEN, 'g')
