// The schemas of requests that create, change or revoke environments, the same for every surface.
import { z } from '@hono/zod-openapi'
import { REVOCATION_REASONS } from '../core/api-key.ts'
import {
  findAudienceFault,
  findOriginFault,
  MAX_AUDIENCES,
  MAX_BROWSER_ORIGINS,
  MAX_GRACE_SECONDS,
  MAX_STALENESS_MS,
} from '../core/environment.ts'
import { MAX_ALIASES, MAX_SCOPES, TEMPLATES } from '../core/scope.ts'
import { nameField, scopeName, text, timestampInput } from './fields.ts'

const tagField = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/,
    'must begin with a letter or digit and hold at most 32 of A-Z a-z 0-9 . _ -',
  )
  .openapi({ example: 'production' })
  .describe('A short label such as `production`: at most 32 of A-Z a-z 0-9 . _ -, beginning with a letter or digit.')

const scopeInput = z
  .strictObject({
    name: scopeName.describe(
      'The name: a lower-case letter, then at most 63 of a-z 0-9 . _ : / -. Unique in the catalogue.',
    ),
    description: text(200)
      .nullish()
      .describe('What the scope allows, for people: at most 200 characters. Null: not said.'),
    required: z.boolean().optional().describe('Whether every key must hold it. False by default.'),
    aliases: z
      .array(scopeName)
      .max(MAX_ALIASES, `must hold at most ${MAX_ALIASES} aliases`)
      .transform((aliases) => [...new Set(aliases)])
      .optional()
      .openapi({
        type: 'array',
        items: { type: 'string' },
        description:
          'Other names by which OAuth clients may request the scope at the token endpoint. One alias may stand for several scopes.',
        example: ['vendor-api/read'],
      }),
  })
  .transform(({ name, description = null, required = false, aliases = [] }) => ({
    name,
    description,
    required,
    ...(aliases.length === 0 ? {} : { aliases }),
  }))

const catalogueInput = z
  .array(scopeInput)
  .max(MAX_SCOPES, `must hold at most ${MAX_SCOPES} scopes`)
  .superRefine((scopes, ctx) => {
    const names = scopes.map(({ name }) => name)
    scopes.forEach(({ name, aliases = [] }, index) => {
      if (names.indexOf(name) !== index) {
        ctx.addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is already in the catalogue` })
      }
      aliases.forEach((alias, at) => {
        if (!names.includes(alias)) return
        ctx.addIssue({ code: 'custom', path: [index, 'aliases', at], message: `"${alias}" is the name of a scope` })
      })
    })
  })

const onUnknown = z
  .union([
    z.literal('deny'),
    z.strictObject({
      graceSeconds: z
        .int()
        .min(1)
        .max(MAX_GRACE_SECONDS)
        .describe('For how long keys that were good go on working, in seconds: 1 to 900.'),
    }),
  ])
  .describe(
    'What happens while the ledger does not answer: `deny` (the default) answers 503; a grace lets known keys pass.',
  )
export const boundsSchema = z
  .strictObject({
    maxStalenessMs: z
      .int()
      .min(0)
      .max(MAX_STALENESS_MS)
      .describe(
        'How old an answer about a key may be, in milliseconds: 0 to 60000. 5000 by default; 0 asks the ledger each time.',
      ),
    onUnknown,
  })
  .describe('How soon a change or a revocation is in force everywhere, and what happens when that cannot be known.')

/** A list of texts without a fault, each of them once. */
const distinctTexts = (findFault: (text: string) => string | null, limit: { max: number; of: string }) =>
  z
    .array(
      z.string().superRefine((text, ctx) => {
        const message = findFault(text)
        if (message !== null) ctx.addIssue({ code: 'custom', message })
      }),
    )
    .max(limit.max, `must hold at most ${limit.max} ${limit.of}`)
    .transform((texts) => [...new Set(texts)])

const browserOriginsInput = distinctTexts(findOriginFault, { max: MAX_BROWSER_ORIGINS, of: 'origins' }).openapi({
  type: 'array',
  items: { type: 'string' },
  description:
    'Origins of the web pages that may send keys to the front door. None by default: everybody who opens a page can read its keys.',
  example: ['https://app.example.com'],
})

const audiencesInput = distinctTexts(findAudienceFault, { max: MAX_AUDIENCES, of: 'audiences' }).openapi({
  type: 'array',
  items: { type: 'string' },
  description:
    'For whom access tokens of the environment may be meant besides `/core`: what clients may ask for as `audience` or `resource`. None by default.',
  example: ['https://api.example.com'],
})

export const newEnvironmentSchema = z.strictObject({
  name: nameField,
  tag: tagField,
  template: z
    .enum(Object.keys(TEMPLATES) as [keyof typeof TEMPLATES]) // Object.keys returns string[]
    .optional()
    .describe('A ready-made scope catalogue and route table. Not together with `scopes`.'),
  scopes: catalogueInput
    .optional()
    .describe('The scope catalogue: at most 100, each name once. Not together with a `template`.'),
  audiences: audiencesInput.optional(),
})

export const environmentEditSchema = z.strictObject({
  name: nameField.optional(),
  tag: tagField.optional(),
  scopes: catalogueInput
    .optional()
    .describe('The whole scope catalogue, each name once. A scope that a live key holds cannot be left out: 409.'),
  bounds: boundsSchema.partial().optional().describe('How soon changes are in force. What is left out stays as it is.'),
  browserOrigins: browserOriginsInput.optional(),
  audiences: audiencesInput.optional(),
})

export const environmentRevocationSchema = z
  .strictObject({
    issuedBefore: timestampInput
      .optional()
      .describe('Secrets issued before this moment are revoked. Now by default; a moment in the future is 400.'),
    reason: z.enum(REVOCATION_REASONS).describe('Why the keys are revoked.'),
    note: text(500).optional().describe('A note for the audit log: 1 to 500 characters.'),
  })
  .openapi('EnvironmentRevocation')
  .describe('Which keys of the environment to revoke, and why.')
