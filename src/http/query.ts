// The query of a request, decoded strictly: URLSearchParams writes U+FFFD for bytes that are not UTF-8, and a reader that
// expects one value takes the first or the last of two.
import { createMiddleware } from 'hono/factory'
import { type Fault, invalidFields } from '../core/problem.ts'
import { dotted } from './faults.ts'
import { decodeUrlencoded } from './utf8.ts'

type Parameter = { name: string; value: string }

/** The parameters of the URL in their order. @throws {Problem} invalid_request naming each that is not UTF-8 */
export function readQuery(url: string): Parameter[] {
  const pairs = rawQueryOf(url)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [, name = '', value = ''] = PAIR.exec(pair) ?? []
      return { name: decodeUrlencoded(name), value: decodeUrlencoded(value), raw: name }
    })
  refuse(
    pairs
      .filter(({ name, value }) => name === null || value === null)
      .map(({ name, raw }) => ({ path: dotted([name ?? raw]), message: 'must be percent-encoded UTF-8' })),
  )
  return pairs.map(({ name, value }) => ({ name: name ?? '', value: value ?? '' }))
}

/** Refuses a query that cannot be decoded or gives a parameter twice. @throws {Problem} invalid_request */
export const requireQuery = createMiddleware(async function requireQuery(c, next) {
  const names = readQuery(c.req.url).map(({ name }) => name)
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  refuse([...repeated].map((name) => ({ path: dotted([name]), message: 'must be given only once' })))
  await next()
})

function refuse(faults: Fault[]): void {
  if (faults.length > 0) throw invalidFields(faults)
}

function rawQueryOf(url: string): string {
  const start = url.indexOf('?')
  return start < 0 ? '' : (url.slice(start + 1).split('#', 1)[0] ?? '')
}

const PAIR = /^([^=]*)=?(.*)$/s
