// What the routes of the management API have in common: how they are declared, what they refuse, how lists are paged.
import { createRoute, OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import { PROBLEMS, type ProblemCode } from '../core/problem.ts'
import type { AppEnv } from '../http/app-env.ts'
import { toInvalidRequest } from '../http/faults.ts'
import { idField } from '../http/fields.ts'
import { refuseBody } from '../http/json-body.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { exampleProblemOf } from './examples.ts'
import { CHANGES } from './openapi.ts'

/** A router whose schemas refuse with a Problem that names every field at fault. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return
      throw toInvalidRequest(result.error.issues)
    },
  })
}

const problemSchema = z
  .object({
    type: z.string().openapi({ format: 'uri' }).describe('The address of a page that explains the code.'),
    title: z.string().describe('What the code means, the same each time.'),
    status: z.int().describe('The HTTP status.'),
    detail: z.string().describe('What went wrong this time, for people.'),
    code: z
      .enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]) // Object.keys forgets the key type
      .describe('What went wrong, for programs.'),
    requestId: z.string().describe('The id of the request, as in `X-Request-Id`. Give it when you ask for help.'),
    errors: z
      .array(
        z.object({
          path: z.string().describe('The field or parameter, such as `scopes.0`.'),
          message: z.string().describe('What is wrong with it, for people.'),
        }),
      )
      .optional()
      .describe('Each fault of an invalid request. Left out where there is nothing to point at.'),
  })
  .openapi('Problem', { examples: [exampleProblemOf('invalid_request')] })
  .describe('An error (RFC 9457), sent as `application/problem+json`.')

/** The answers of the given codes for a route's `responses`. */
export function problemResponses(...codes: ProblemCode[]): RouteConfig['responses'] {
  const byStatus = new Map<number, ProblemCode[]>()
  for (const code of codes) byStatus.set(PROBLEMS[code].status, [...(byStatus.get(PROBLEMS[code].status) ?? []), code])
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [
      status,
      {
        description: names.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
        content: {
          'application/problem+json': {
            schema: problemSchema,
            example: exampleProblemOf(names[0] ?? 'internal_error'),
          },
        },
      },
    ]),
  )
}

/** What any route behind a management key may answer. */
const COMMON = ['invalid_request', 'unauthenticated', 'forbidden', 'internal_error', 'unavailable'] as const
/** What a route may answer besides whose method can have a body, be it only that there must be none. */
const WITH_BODY = ['payload_too_large', 'unsupported_media_type'] as const
/** What a route that changes a record may answer besides. */
const ON_CONDITIONS = ['precondition_failed'] as const

/** For a route without query parameters: any parameter is refused as an unknown field. */
export const noQuery = z.strictObject({})

/** Declares a route behind a management key: adds the security scheme and the problems every such route shares. */
export function defineManagementRoute<P extends string, R extends Omit<RouteConfig, 'path'> & { path: P }>(
  config: R,
  extraProblems: ProblemCode[] = [],
) {
  const mayHaveBody = config.method !== 'get'
  const isChange = CHANGES.test(`${config.method.toUpperCase()} ${config.path}`)
  const shared = problemResponses(
    ...COMMON,
    ...(mayHaveBody ? WITH_BODY : []),
    ...(isChange ? ON_CONDITIONS : []),
    ...extraProblems,
  )
  // Handlers see the types of what the route itself declares; the rest is for the validator and the document.
  const rest: object = {
    request: { query: noQuery, ...config.request },
    security: [{ managementKey: [] }],
    ...(mayHaveBody && !config.request?.body ? { middleware: refuseBody } : {}),
  }
  return createRoute({ ...config, ...rest, responses: { ...config.responses, ...shared } })
}

/** The parameters of paths. */
export const projectParam = z.object({ projectId: idField.project })
export const environmentParam = z.object({ environmentId: idField.environment })
export const keyParam = z.object({ keyId: idField.key })
export const credentialParam = z.object({ credentialId: idField.credential })

export const jsonBody = <S extends z.ZodType>(schema: S) => ({
  body: { required: true, content: { 'application/json': { schema } } },
})

export const jsonAnswer = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A named schema, or null. `nullable()` would repeat the schema in the document without its name. */
export const orNull = <S extends z.ZodType>(schema: S) => z.union([schema, z.null()])

export const pageQuery = {
  limit: z
    .string()
    .regex(/^[0-9]{1,3}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 100, 'must be a whole number from 1 to 100')
    .optional()
    .openapi({ type: 'integer', minimum: 1, maximum: 100, default: 50 })
    .describe('How many to return at most: 1 to 100. 50 by default.'),
  cursor: z.string().max(512).optional().describe('`nextCursor` of the page before. Without it, the first page.'),
}

const DEFAULT_LIMIT = 50

export const readPageRequest = ({
  limit = DEFAULT_LIMIT,
  cursor,
}: {
  limit?: number | undefined
  cursor?: string | undefined
}): PageRequest => ({
  limit,
  cursor: cursor ?? null,
})

export const pageSchemaOf = <S extends z.ZodType>(item: S) =>
  z.object({
    data: z.array(item).describe('This page.'),
    nextCursor: z.string().nullable().describe('Send it as `cursor` for the next page. Null: this is the last one.'),
  })

export const toWirePage = <T, W>({ items, nextCursor }: Page<T>, toWire: (item: T) => W) => ({
  data: items.map(toWire),
  nextCursor,
})
