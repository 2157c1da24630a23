// A verification on the wire, the same by HTTP and by RPC: the schema of the question and of the verdict.
import { z } from '@hono/zod-openapi'
import { MAX_STALENESS_MS } from '../core/environment.ts'
import { Problem } from '../core/problem.ts'
import { MAX_SCOPES, SCOPE_PATTERN } from '../core/scope.ts'
import type { Freshness, Unavailable, Verdict } from '../core/verdict.ts'
import { idField } from './fields.ts'
import { toNullableTimestamp, toTimestamp } from './timestamps.ts'

/** Any text is accepted as `token`: one that is not a token of ours gets the verdict `malformed`, not an error. */
export const verifyInputSchema = z
  .strictObject({
    token: z
      .string()
      .describe('The token, as the caller sent it to you. Text that is no token is `malformed`, not an error.'),
    scopes: z
      .array(z.string().regex(SCOPE_PATTERN, 'must be a scope name'))
      .max(MAX_SCOPES)
      .optional()
      .describe('What the request needs: the key must hold all of them. None by default.'),
    environmentId: z
      .string()
      .max(100)
      .optional()
      .describe('The environment the key must be of: a key of another one is `not_found`. Any by default.'),
    maxStalenessMs: z
      .int()
      .min(0)
      .max(MAX_STALENESS_MS)
      .optional()
      .describe(
        "How old the answer may be, in milliseconds. It can only tighten the environment's own bound; 0 asks the ledger.",
      ),
  })
  .openapi('VerifyRequest')
  .describe('The token, and what is asked of it.')

const timestamp = z.string().openapi({ format: 'date-time' })

const freshnessSchema = z
  .object({
    asOf: timestamp.describe('When the ledger was last asked about the key.'),
    ageMs: z.int().describe('How long ago that was, in milliseconds.'),
    boundMs: z.int().describe('How old the answer was allowed to be, in milliseconds.'),
    source: z
      .enum(['ledger', 'lease', 'grace'])
      .describe(
        '`ledger`: it was asked for this answer. `lease`: an earlier answer still holds. `grace`: the ledger is silent and the environment allows a grace.',
      ),
    degraded: z
      .array(z.enum(['kv', 'd1']))
      .optional()
      .describe('The stores that did not answer. Left out when all did.'),
  })
  .openapi('Freshness')
  .describe('How current the answer is.')

const keyId = z.string().describe('The id of the key; of an access token, of its SDK credential.')
const no = z.literal(false).describe('Do not let the request through.')

export const verdictSchema = z
  .discriminatedUnion('code', [
    z
      .object({
        valid: z.literal(true).describe('The request may be let through.'),
        code: z.literal('valid').describe('The token is good, for all that was asked.'),
        kind: z
          .enum(['api_key', 'access_token'])
          .describe('Which kind of token it is. Of an access token, the other fields describe its SDK credential.'),
        keyId,
        name: z.string().describe('The name of the key.'),
        prefix: z.string().describe('The public part of the token.'),
        projectId: idField.project,
        environment: z
          .object({
            id: idField.environment,
            name: z.string().describe('Its name.'),
            tag: z.string().describe('Its tag, such as `production`.'),
          })
          .describe('The environment of the key.'),
        scopes: z.array(z.string()).describe('What the token may do.'),
        ownerId: z.string().nullable().describe('Who uses the key, in your own terms. Null: nobody named.'),
        metadata: z.record(z.string(), z.unknown()).describe('Your own JSON object, as it was sent.'),
        expiresAt: timestamp.nullable().describe('When the token stops working. Null: it does not expire.'),
        freshness: freshnessSchema,
      })
      .openapi('ValidVerdict')
      .describe('A yes, and whose key it is.'),
    z
      .object({
        valid: no,
        code: z
          .enum(['malformed', 'not_found'])
          .describe('`malformed`: no token of this Keyward. `not_found`: no such key, or not one you may see.'),
      })
      .openapi('UnknownToken')
      .describe('A no: nothing is known of the token.'),
    z
      .object({
        valid: no,
        code: z.enum(['revoked', 'disabled', 'expired']).describe('Why the key does not work.'),
        keyId,
        freshness: freshnessSchema,
      })
      .openapi('DeadKey')
      .describe('A no: the key exists and does not work.'),
    z
      .object({
        valid: no,
        code: z.literal('insufficient_scope').describe('The key works, but not for this.'),
        keyId,
        requiredScopes: z.array(z.string()).describe('The scopes that were asked for.'),
        missingScopes: z.array(z.string()).describe('Those of them that the key lacks.'),
        freshness: freshnessSchema,
      })
      .openapi('MissingScopes')
      .describe('A no: the key works and lacks a scope.'),
  ])
  .openapi('Verdict')
  .describe('The answer to a verification; `code` tells the forms apart. Treat a code that you do not know as a no.')

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
