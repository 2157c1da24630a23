// JSON that means the same to everyone who reads it (RFC 8259, and I-JSON, RFC 7493): no member is given twice, and every
// number is one that comes back as it was sent. JSON.parse alone keeps the last of two members and rounds numbers.
import { type JSONPath, visit } from 'jsonc-parser'
import { type Fault, invalidField, invalidFields, Problem } from '../core/problem.ts'
import { dotted } from './faults.ts'

/** Far above what any body needs, and far below what overflows the stack of a reader that recurses. */
const MAX_DEPTH = 64

/** The value of a body in JSON. @throws {Problem} invalid_request: it is not JSON, or it names what cannot be read exactly */
export function parseJson(text: string): unknown {
  const value = parse(text)
  const faults = findJsonFaults(text)
  if (faults.length > 0) throw invalidFields(faults)
  return value
}

/** The value of a field that has JSON as its text. @throws {Problem} as parseJson */
export function parseJsonField(field: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    const faults = findJsonFaults(text).map(({ path, message }) => ({ path: dotted([field, path]), message }))
    if (faults.length > 0) throw invalidFields(faults)
    return value
  } catch (error) {
    throw error instanceof SyntaxError ? invalidField(field, 'is not well-formed JSON') : error
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('invalid_request', 'The body is not well-formed JSON.')
  }
}

/** What of a well-formed JSON text cannot be read exactly, each by its path. */
export const findJsonFaults = (text: string): Fault[] => (isPlain(text) ? [] : visitJson(text))

/**
 * Whether a well-formed JSON text is so simple that nothing in it can be at fault: no escapes, no name twice in all of it, no
 * long or fractional number, little nesting. Nearly every body is, and to tell so costs a twentieth of a visit.
 */
function isPlain(text: string): boolean {
  if (text.includes('\\')) return false
  const names = new Set<string>()
  let opened = 0
  // Without escapes a string ends at the next quote, so strings are never taken for anything else.
  for (const [token, name] of text.matchAll(STRING_BRACKET_OR_NUMBER)) {
    if (name !== undefined) {
      if (names.has(name)) return false
      names.add(name)
    } else if (token === '{' || token === '[') {
      opened += 1
      if (opened > MAX_DEPTH) return false
    } else if (token[0] !== '"' && !SHORT_INTEGER.test(token)) return false
  }
  return true
}

/** Group 1 is the name of a member. */
const STRING_BRACKET_OR_NUMBER = /"([^"]*)"(?=\s*:)|"[^"]*"|[{[]|-?\d[\d.eE+-]*/g
/** At most 15 digits: far below the first integer that shares its double with another. */
const SHORT_INTEGER = /^-?\d{1,15}$/

function visitJson(text: string): Fault[] {
  const faults: Fault[] = []
  const report = (path: JSONPath, message: string) => void faults.push({ path: dotted(path), message })
  /** The names of the members of each object that is open, the innermost last; null for an array. */
  const open: (Set<string> | null)[] = []
  const enter = (names: Set<string> | null, path: () => JSONPath) => {
    open.push(names)
    if (open.length > MAX_DEPTH) throw new TooDeep(path().slice(0, 1))
  }
  const leave = () => void open.pop()

  try {
    visit(text, {
      onObjectBegin: (_offset, _length, _line, _column, path) => enter(new Set(), path),
      onObjectEnd: leave,
      onArrayBegin: (_offset, _length, _line, _column, path) => enter(null, path),
      onArrayEnd: leave,
      onObjectProperty: (name, _offset, _length, _line, _column, path) => {
        const names = open.at(-1)
        if (names?.has(name)) report([...path(), name], 'must be given only once')
        names?.add(name)
      },
      onLiteralValue: (value, offset, length, _line, _column, path) => {
        if (typeof value !== 'number') return
        const fault = findNumberFault(text.slice(offset, offset + length))
        if (fault !== null) report(path(), fault)
      },
    })
  } catch (error) {
    if (error instanceof TooDeep)
      return [{ path: dotted(error.path), message: `must not nest deeper than ${MAX_DEPTH} levels` }]
    throw error
  }
  return faults
}

/** Thrown to leave the recursion of `visit`, which goes on into what it is told to skip. */
class TooDeep extends Error {
  readonly path: JSONPath
  constructor(path: JSONPath) {
    super('too deep')
    this.path = path
  }
}

/**
 * Why a JSON number does not survive being read as a double and written again: it comes back as another number, or it is
 * an integer that shares its double with others (RFC 8259 §6).
 */
function findNumberFault(text: string): string | null {
  const value = Number(text)
  const isExact = INTEGER.test(text)
    ? Number.isSafeInteger(value)
    : Number.isFinite(value) && canonicalDecimal(String(value)) === canonicalDecimal(text)
  return isExact ? null : 'cannot be kept exactly as a number; send it as text'
}

/** One spelling for each decimal number: `-15e-1` for `-1.50` and for `-0.015e2`. */
function canonicalDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`
}

const INTEGER = /^-?\d+$/
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/
