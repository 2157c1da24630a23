// A verification on the wire, the same by HTTP and by RPC: the schema of the question and of the verdict.
import { z } from '@hono/zod-openapi'
import { MAX_STALENESS_MS } from '../core/environment.ts'
import { Problem } from '../core/problem.ts'
import { MAX_SCOPES, SCOPE_PATTERN } from '../core/scope.ts'
import type { Freshness, Unavailable, Verdict } from '../core/verdict.ts'
import { toNullableTimestamp, toTimestamp } from './timestamps.ts'

/** Any text is accepted as `token`: one that is not a token of ours gets the verdict `malformed`, not an error. */
export const verifyInputSchema = z
  .strictObject({
    token: z.string(),
    scopes: z.array(z.string().regex(SCOPE_PATTERN, 'must be a scope name')).max(MAX_SCOPES).optional(),
    environmentId: z.string().max(100).optional(),
    maxStalenessMs: z.int().min(0).max(MAX_STALENESS_MS).optional(),
  })
  .openapi('VerifyRequest')

const timestamp = z.string().openapi({ format: 'date-time' })

const freshnessSchema = z
  .object({
    asOf: timestamp,
    ageMs: z.int(),
    boundMs: z.int(),
    source: z.enum(['ledger', 'lease', 'grace']),
    degraded: z.array(z.enum(['kv', 'd1'])).optional(),
  })
  .openapi('Freshness')

const keyId = z.string()

export const verdictSchema = z
  .discriminatedUnion('code', [
    z
      .object({
        valid: z.literal(true),
        code: z.literal('valid'),
        kind: z.enum(['api_key', 'access_token']),
        keyId,
        name: z.string(),
        prefix: z.string(),
        projectId: z.string(),
        environment: z.object({ id: z.string(), name: z.string(), tag: z.string() }),
        scopes: z.array(z.string()),
        ownerId: z.string().nullable(),
        metadata: z.record(z.string(), z.unknown()),
        expiresAt: timestamp.nullable(),
        freshness: freshnessSchema,
      })
      .openapi('ValidVerdict'),
    z.object({ valid: z.literal(false), code: z.enum(['malformed', 'not_found']) }).openapi('UnknownToken'),
    z
      .object({
        valid: z.literal(false),
        code: z.enum(['revoked', 'disabled', 'expired']),
        keyId,
        freshness: freshnessSchema,
      })
      .openapi('DeadKey'),
    z
      .object({
        valid: z.literal(false),
        code: z.literal('insufficient_scope'),
        keyId,
        requiredScopes: z.array(z.string()),
        missingScopes: z.array(z.string()),
        freshness: freshnessSchema,
      })
      .openapi('MissingScopes'),
  ])
  .openapi('Verdict')

export type WireVerdict = z.infer<typeof verdictSchema>

export function toWireVerdict(verdict: Verdict): WireVerdict {
  if (!('freshness' in verdict)) return verdict
  const freshness = toWireFreshness(verdict.freshness)
  return verdict.valid
    ? { ...verdict, expiresAt: toNullableTimestamp(verdict.expiresAt), freshness }
    : { ...verdict, freshness }
}

/** The verdict, for HTTP: where RPC returns `unavailable`, HTTP answers 503. @throws {Problem} unavailable */
export function requireVerdict(verdict: Verdict | Unavailable): Verdict {
  if (!isUnavailable(verdict)) return verdict
  throw new Problem('unavailable', 'Keyward could not reach the stores that hold this key. Try again in a few seconds.')
}

export const isUnavailable = (verdict: Verdict | Unavailable): verdict is Unavailable => verdict.code === 'unavailable'

const toWireFreshness = ({ asOf, ...freshness }: Freshness) => ({ asOf: toTimestamp(asOf), ...freshness })
