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

const scopeInput = z
  .strictObject({
    name: scopeName,
    description: text(200).nullish(),
    required: z.boolean().optional(),
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

const onUnknown = z.union([z.literal('deny'), z.strictObject({ graceSeconds: z.int().min(1).max(MAX_GRACE_SECONDS) })])
export const boundsSchema = z.strictObject({ maxStalenessMs: z.int().min(0).max(MAX_STALENESS_MS), onUnknown })

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
  template: z.enum(Object.keys(TEMPLATES) as [keyof typeof TEMPLATES]).optional(), // Object.keys returns string[]
  scopes: catalogueInput.optional().openapi({ description: 'Each name once. Not together with a `template`.' }),
  audiences: audiencesInput.optional(),
})

export const environmentEditSchema = z.strictObject({
  name: nameField.optional(),
  tag: tagField.optional(),
  scopes: catalogueInput.optional(),
  bounds: boundsSchema.partial().optional(),
  browserOrigins: browserOriginsInput.optional(),
  audiences: audiencesInput.optional(),
})

export const environmentRevocationSchema = z
  .strictObject({
    issuedBefore: timestampInput
      .optional()
      .openapi({ description: 'Secrets issued before this moment are revoked. By default now; never in the future.' }),
    reason: z.enum(REVOCATION_REASONS),
    note: text(500).optional(),
  })
  .openapi('EnvironmentRevocation')
