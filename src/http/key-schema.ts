// The key on the wire: the schemas of requests that create or change one, and its form in responses.
import { z } from '@hono/zod-openapi'
import { type ApiKey, KEY_STATUSES, MAX_OVERLAP_SECONDS, REVOCATION_REASONS, statusOf } from '../core/api-key.ts'
import { MAX_SCOPES } from '../core/scope.ts'
import { holdsToken, MAX_SEARCH_LENGTH } from '../core/search-terms.ts'
import {
  createdByField,
  idField,
  metadataField,
  nameField,
  scopeName,
  text,
  timestamp,
  timestampInput,
} from './fields.ts'
import { toNullableTimestamp, toTimestamp } from './timestamps.ts'

const keyScopes = z
  .array(scopeName)
  .max(MAX_SCOPES, `must hold at most ${MAX_SCOPES} scopes`)
  .describe(
    "What the key may do: scopes of the environment's catalogue. A scope that the catalogue lacks, or a required one that is left out, is 400; one that is given twice counts once.",
  )
export const ownerField = text(200)
  .openapi({ example: 'customer-42' })
  .describe('Who uses the key, in your own terms, such as a customer id: 1 to 200 characters.')

const expiresAtInput = timestampInput.nullish().describe('When the key stops working. Null, the default: never.')
const ownerInput = ownerField
  .nullish()
  .describe('Who uses the key, in your own terms. Null, the default: nobody named.')
const noteField = text(500).optional().describe('A note for the audit log: 1 to 500 characters.')

/** Queries stand in logs and histories, so a token in one is refused before it is looked for. */
export const searchField = z
  .string()
  .refine((typed) => !holdsToken(typed), {
    error: 'must not hold a token: send the token to POST /v1/keys/verify, in the body',
    abort: true,
  })
  .pipe(text(MAX_SEARCH_LENGTH))
  .openapi({
    type: 'string',
    minLength: 1,
    maxLength: MAX_SEARCH_LENGTH,
    description:
      'The beginning of any word of the name, of a prefix, or of a token up to its prefix (`nsl_4fK9aZ2q`); case does not matter.',
  })

export const newKeySchema = z
  .strictObject({
    name: nameField,
    scopes: keyScopes,
    expiresAt: expiresAtInput,
    ownerId: ownerInput,
    metadata: metadataField.optional(),
    enabled: z.boolean().optional().describe('Whether the key works. True by default.'),
  })
  .openapi('NewApiKey')
  .describe('An API key to create.')

export const keyEditSchema = z
  .strictObject({
    name: nameField.optional(),
    scopes: keyScopes.optional(),
    expiresAt: timestampInput
      .nullish()
      .describe('When the key stops working; a moment in the past ends it at once. Null: never.'),
    ownerId: ownerField.nullish().describe('Who uses the key, in your own terms. Null: nobody named.'),
    metadata: metadataField.optional(),
    enabled: z.boolean().optional().describe('False disables the key until it is set to true again.'),
  })
  .openapi('ApiKeyEdit')
  .describe('What to change. What is left out stays as it is.')

const reasonField = z.enum(REVOCATION_REASONS).describe('Why the key is revoked. `unspecified` by default.')

export const revocationSchema = z
  .strictObject({ reason: reasonField.optional(), note: noteField })
  .openapi('Revocation')
  .describe('Why it is revoked, for the record.')

export const rotationSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_SECONDS)
      .describe('For how long the secret before goes on working, in seconds: 0 to 604800, which is 7 days.'),
  })
  .openapi('RotationRequest')
  .describe('How to change over to the new secret.')

export const prefixField = z.string().openapi({ example: '4fK9aZ2q' }).describe('The public part of the token.')
export const statusField = z
  .enum(KEY_STATUSES)
  .describe('`active`, or why it does not work. A revoked one is `revoked`, whatever else is true of it.')

/** The secret that a rotation replaced, and when it ends. */
export const previousSecretSchema = z
  .object({
    prefix: prefixField.describe('The public part of the token before.'),
    expiresAt: timestamp.describe('When the secret before stops working.'),
  })
  .describe('The secret before.')

export const apiKeySchema = z
  .object({
    id: idField.key,
    environmentId: idField.environment,
    projectId: idField.project,
    name: z.string().describe('The name, for people.'),
    prefix: prefixField.describe('The public part of the newest token, by which to recognize it in a log.'),
    scopes: z.array(z.string()).describe('What the key may do.'),
    status: statusField,
    enabled: z.boolean().describe('False while the key is disabled.'),
    ownerId: z.string().nullable().describe('Who uses the key, in your own terms. Null: nobody named.'),
    metadata: z.record(z.string(), z.unknown()).describe('Your own JSON object, as it was sent.'),
    createdAt: timestamp.describe('When the key was created.'),
    createdBy: createdByField,
    expiresAt: timestamp
      .nullable()
      .describe('The first moment at which the key no longer works. Null: it does not expire.'),
    lastUsedAt: timestamp.nullable().describe('The last good use, accurate to within a minute. Null: never used.'),
    revokedAt: timestamp.nullable().describe('When it was revoked. Null: it is not.'),
    revokedReason: z.enum(REVOCATION_REASONS).nullable().describe('Why it was revoked. Null: it is not.'),
    secrets: z
      .array(
        z.object({
          prefix: prefixField,
          createdAt: timestamp.describe('When the secret was issued.'),
          expiresAt: timestamp.nullable().describe('When a rotation ends the secret. Null: with the key.'),
        }),
      )
      .describe('The live secrets, newest first: one, or two while a rotation overlaps.'),
  })
  .openapi('ApiKey')
  .describe('An API key. Its token is not part of it: only a hash of the token is stored.')

/** The key without internal fields, and without the field that only SDK credentials have. */
export const toWireKey = (
  {
    revision: _revision,
    revokedEffectiveBy: _effectiveBy,
    tokensFromRevision: _from,
    tokensEndedUntil: _until,
    ...key
  }: ApiKey,
  now: number,
) => ({
  ...key,
  status: statusOf(key, now),
  createdAt: toTimestamp(key.createdAt),
  expiresAt: toNullableTimestamp(key.expiresAt),
  lastUsedAt: toNullableTimestamp(key.lastUsedAt),
  revokedAt: toNullableTimestamp(key.revokedAt),
  secrets: key.secrets.map(({ prefix, createdAt, expiresAt }) => ({
    prefix,
    createdAt: toTimestamp(createdAt),
    expiresAt: toNullableTimestamp(expiresAt),
  })),
})
