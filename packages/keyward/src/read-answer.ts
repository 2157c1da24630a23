// Reads a verdict from an answer that is not trusted: anything but a complete verdict is `unavailable`.
import { isRecord } from './read-body.ts'
import {
  DEFAULT_RETRY_AFTER_SECONDS,
  type Denial,
  type Freshness,
  type KeyQuestion,
  type Unavailable,
  unavailableBecause,
  type ValidKey,
  type Verdict,
} from './verdict.ts'

/** The verdict in `value`, or `unavailable` when `value` is not one. */
export function readAnswer(value: unknown, question: KeyQuestion): Verdict | Unavailable {
  if (isRecord(value) && value.valid === false) return readNo(value)
  if (isYes(value, question)) return value
  return noVerdict()
}

/** Whether `value` is a complete `valid` verdict, and covers the scopes and the environment of the question. */
export function isYes(value: unknown, question: KeyQuestion): value is ValidKey {
  if (!isRecord(value) || !isValidKey(value)) return false
  const { scopes = [], environmentId = value.environment.id } = question
  return scopes.every((scope) => value.scopes.includes(scope)) && environmentId === value.environment.id
}

/** The seconds to wait: those given if they are a whole number from 1 to 3600, else the default. */
export function readRetryAfter(seconds: unknown): number {
  const sensible = typeof seconds === 'number' && Number.isInteger(seconds) && seconds > 0 && seconds <= 3600
  return sensible ? seconds : DEFAULT_RETRY_AFTER_SECONDS
}

function readNo(value: Fields): Denial | Unavailable {
  if (value.code === 'unavailable') {
    const seconds = readRetryAfter(value.retryAfterSeconds)
    return unavailableBecause('keyward_unavailable', 'Keyward could not reach the stores that hold the key.', seconds)
  }
  if (value.code === 'invalid_request') return refusedQuestion()
  if (isDenial(value)) return value
  return isUnknownCode(value.code) ? { valid: false, code: 'unknown_code', unknownCode: value.code } : noVerdict()
}

const noVerdict = () => unavailableBecause('not_a_verdict', 'The answer is not a verdict.')

export const refusedQuestion = () =>
  unavailableBecause(
    'question_refused',
    'Keyward refused the question. Check scopes, environmentId and maxStalenessMs.',
  )

type Fields = Record<string, unknown>
type Check = (value: unknown) => boolean

const isValidKey = (value: Fields): value is Fields & ValidKey => holds(value, VALID_KEY)

function isDenial(value: Fields): value is Fields & Denial {
  const checks = typeof value.code === 'string' ? DENIALS.get(value.code) : undefined
  return checks !== undefined && holds(value, checks)
}

const isUnknownCode = (code: unknown): code is string =>
  typeof code === 'string' && CODE.test(code) && code !== 'valid' && !DENIALS.has(code)

const holds = (value: Fields, checks: Record<string, Check>) =>
  Object.entries(checks).every(([field, check]) => check(value[field]))

const isText: Check = (value) => typeof value === 'string'
const isTextOrNull: Check = (value) => value === null || isText(value)
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText)
const isFiniteNumber: Check = (value) => Number.isFinite(value)

const ENVIRONMENT: Record<keyof ValidKey['environment'], Check> = { id: isText, name: isText, tag: isText }

/** An unknown `source` may mean a weaker guarantee than this client knows, so such a verdict is not accepted. */
const FRESHNESS: Record<keyof Freshness, Check> = {
  asOf: isText,
  ageMs: isFiniteNumber,
  boundMs: isFiniteNumber,
  source: (value) => value === 'ledger' || value === 'lease' || value === 'grace',
  degraded: (value) => value === undefined || isTexts(value),
}
const isFreshness: Check = (value) => isRecord(value) && holds(value, FRESHNESS)

const VALID_KEY: Record<keyof ValidKey, Check> = {
  valid: (value) => value === true,
  code: (value) => value === 'valid',
  keyId: isText,
  name: isText,
  prefix: isText,
  projectId: isText,
  environment: (value) => isRecord(value) && holds(value, ENVIRONMENT),
  scopes: isTexts,
  ownerId: isTextOrNull,
  metadata: isRecord,
  expiresAt: isTextOrNull,
  freshness: isFreshness,
}

const OF_A_KEY = { keyId: isText, freshness: isFreshness }
/** The denials that this client knows, with the fields of each. */
const DENIALS = new Map<string, Record<string, Check>>([
  ['malformed', {}],
  ['not_found', {}],
  ['revoked', OF_A_KEY],
  ['disabled', OF_A_KEY],
  ['expired', OF_A_KEY],
  ['insufficient_scope', { ...OF_A_KEY, requiredScopes: isTexts, missingScopes: isTexts }],
])
const CODE = /^[a-z][a-z0-9_]{0,63}$/
