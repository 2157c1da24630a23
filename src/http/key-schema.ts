// The key on the wire: the schemas of requests that create or change one, and its form in responses.
import { z } from '@hono/zod-openapi'
import { type ApiKey, KEY_STATUSES, MAX_OVERLAP_SECONDS, REVOCATION_REASONS, statusOf } from '../core/api-key.ts'
import { MAX_SCOPES } from '../core/scope.ts'
import { holdsToken, MAX_SEARCH_LENGTH } from '../core/search-terms.ts'
import { metadataField, nameField, scopeName, text, timestamp, timestampInput } from './fields.ts'
import { toNullableTimestamp, toTimestamp } from './timestamps.ts'

const keyScopes = z
  .array(scopeName)
  .max(MAX_SCOPES, `must hold at most ${MAX_SCOPES} scopes`)
  .openapi({ description: "Of the environment's catalogue, with every required one." })
export const ownerField = text(200).openapi({ example: 'customer-42' })

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
    expiresAt: timestampInput.nullish(),
    ownerId: ownerField.nullish(),
    metadata: metadataField.optional(),
    enabled: z.boolean().optional(),
  })
  .openapi('NewApiKey')

export const keyEditSchema = z
  .strictObject({
    name: nameField.optional(),
    scopes: keyScopes.optional(),
    expiresAt: timestampInput.nullish(),
    ownerId: ownerField.nullish(),
    metadata: metadataField.optional(),
    enabled: z.boolean().optional(),
  })
  .openapi('ApiKeyEdit')

export const revocationSchema = z
  .strictObject({ reason: z.enum(REVOCATION_REASONS).optional(), note: text(500).optional() })
  .openapi('Revocation')

export const rotationSchema = z
  .strictObject({ overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS) })
  .openapi('RotationRequest')

export const apiKeySchema = z
  .object({
    id: z.string(),
    environmentId: z.string(),
    projectId: z.string(),
    name: z.string(),
    prefix: z.string().openapi({ example: '4fK9aZ2q' }),
    scopes: z.array(z.string()),
    status: z.enum(KEY_STATUSES),
    enabled: z.boolean(),
    ownerId: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    createdAt: timestamp,
    createdBy: z.string(),
    expiresAt: timestamp.nullable(),
    lastUsedAt: timestamp.nullable().openapi({ description: 'Accurate to within a minute.' }),
    revokedAt: timestamp.nullable(),
    revokedReason: z.enum(REVOCATION_REASONS).nullable(),
    secrets: z
      .array(z.object({ prefix: z.string(), createdAt: timestamp, expiresAt: timestamp.nullable() }))
      .openapi({ description: 'The live secrets, newest first: one, or two while a rotation overlaps.' }),
  })
  .openapi('ApiKey')

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
