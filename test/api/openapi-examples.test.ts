// The words and the examples of the OpenAPI document: each field explained, each operation shown, and nothing that is not so.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { EXAMPLES } from '../../src/api/examples.ts'
import { OPERATION_IDS } from '../../src/api/operation-ids.ts'
import { ID_PREFIXES, type IdKind, isId } from '../../src/core/ids.ts'
import { parseToken } from '../../src/core/token.ts'
import { call, verdictOn } from '../support/client.ts'
import { checked, document, OPERATIONS, type Operation, type Schema } from './openapi-document.ts'

type Node = Record<string, unknown>
type Place = [place: string, schema: Node]

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null

/** Every property of a schema, at any depth, with where it is. A reference is followed where it leads. */
function propertiesOf(schema: unknown, place: string): Place[] {
  if (!isNode(schema)) return []
  const own = Object.entries(schema['properties'] ?? {}).flatMap(([name, property]): Place[] => [
    [`${place}.${name}`, property],
    ...propertiesOf(property, `${place}.${name}`),
  ])
  const parts = ['oneOf', 'anyOf', 'allOf'].flatMap((name) => (Array.isArray(schema[name]) ? schema[name] : []))
  return [...own, ...[...parts, schema['items']].flatMap((part) => propertiesOf(part, place))]
}

const nameOf = (reference: unknown) => String(reference).replace('#/components/schemas/', '')

/** Whether a reader learns what it is: by its own description, or by that of the schema it refers to. */
function isDescribed(schema: Node): boolean {
  if (schema['$ref']) return isDescribed(document.components.schemas[nameOf(schema['$ref'])])
  if (typeof schema['description'] === 'string') return schema['description'].length > 5
  return Array.isArray(schema['anyOf']) && schema['anyOf'].some((part) => part.$ref !== undefined && isDescribed(part))
}

const COMPONENTS: Place[] = Object.entries<Node>(document.components.schemas)
const mediaOf = (operation: Operation): [string, string, { schema: Schema; example?: unknown }][] =>
  [
    ...Object.entries(operation.requestBody?.content ?? {}).map(([type, media]) => ['request', type, media] as const),
    ...Object.entries(operation.responses).flatMap(([status, { content }]) =>
      Object.entries(content ?? {}).map(([type, media]) => [status, type, media] as const),
    ),
  ].map(([where, type, media]) => [where, type, media])

describe('the words', () => {
  it('explain every component', () => {
    expect(COMPONENTS.filter(([, schema]) => !isDescribed(schema)).map(([name]) => name)).toEqual([])
  })

  it('explain every field of every component, and of every body that has no name', () => {
    const places = [
      ...COMPONENTS.flatMap(([name, schema]) => propertiesOf(schema, name)),
      ...OPERATIONS.flatMap(([name, operation]) =>
        mediaOf(operation).flatMap(([where, , { schema }]) => propertiesOf(schema, `${name} ${where}`)),
      ),
    ]

    expect(places.length).toBeGreaterThan(200)
    expect(places.filter(([, schema]) => !isDescribed(schema)).map(([place]) => place)).toEqual([])
  })

  it('explain every parameter', () => {
    const silent = OPERATIONS.flatMap(([operation, { parameters = [] }]) =>
      parameters.filter(({ description }) => !description).map(({ name }) => `${operation} ${name}`),
    )

    expect(silent).toEqual([])
  })

  it('introduce every group of operations in two or three sentences', () => {
    for (const { name, description } of document.tags) {
      const sentences = description.match(/[.:] |\.$/g) ?? []
      expect(sentences.length, name).toBeGreaterThanOrEqual(2)
    }
  })

  it('introduce the API, and say where the project is', () => {
    for (const subject of ['Authenticate', 'curl', 'Errors', 'Paging', 'Idempotency', 'Conditions'])
      expect(document.info.description).toContain(subject)
    expect(document.info.contact.url).toBe(document.externalDocs.url)
  })
})

describe('the examples', () => {
  const shown = OPERATIONS.flatMap(([name, operation]) =>
    mediaOf(operation).map(([where, type, media]): [string, { schema: Schema; example?: unknown }] => [
      `${name} ${where} ${type}`,
      media,
    ]),
  )

  it.each(shown)('match the schema: %s', (_, { schema, example }) => {
    expect(example).toBeDefined()
    expect(checked(schema).safeParse(example).error).toBeUndefined()
  })

  it('show the named schema of problems', () => {
    const [example] = document.components.schemas.Problem.examples

    expect(checked({ $ref: '#/components/schemas/Problem' }).safeParse(example).error).toBeUndefined()
  })

  it('are of operations that there are', () => {
    const known = new Set(OPERATION_IDS.values())

    expect(Object.keys(EXAMPLES).filter((name) => !known.has(name))).toEqual([])
  })

  it('are of one project, environment, key, credential and management key', () => {
    const ids = new Set(JSON.stringify(EXAMPLES).match(/\b(proj|env|key|cred|mk|evt)_[0-9a-z]{10,}/g))

    const kinds = Object.entries(ID_PREFIXES).map(([kind, prefix]) => [
      kind,
      [...ids].filter((id) => id.startsWith(`${prefix}_`) && isId(kind as IdKind, id)).length, // Object.entries forgets the key type
    ])
    expect(kinds).toEqual(Object.keys(ID_PREFIXES).map((kind) => [kind, 1]))
    expect(ids.size).toBe(kinds.length)
  })

  it('hold no token that could be one', async () => {
    const tokens = [...new Set(JSON.stringify(document).match(/\bnsl[ms]?_[0-9A-Za-z]{8}_\w+|eyJ[\w.-]+/g))]

    expect(tokens.length).toBeGreaterThanOrEqual(5)
    for (const token of tokens) {
      for (const brand of ['nsl', 'nslm', 'nsls']) expect(parseToken(token, brand)).toBeNull()
      expect(await verdictOn(token)).toEqual({ valid: false, code: 'malformed' })
    }
    expect(JSON.stringify(document)).not.toContain(env.ROOT_KEY)
  })

  it.each(
    ['createProject', 'createEnvironment', 'createKey', 'createCredential', 'createManagementKey'].map(
      (id) => [id, EXAMPLES[id]?.request] as const,
    ),
  )('are requests that are taken: %s', async (id, body) => {
    const { body: project } = await call('POST', '/v1/projects', { body: EXAMPLES['createProject']?.request })
    const environments = `/v1/projects/${project.id}/environments`
    const { body: environment } = await call('POST', environments, { body: EXAMPLES['createEnvironment']?.request })
    const paths = new Map([
      ['createProject', '/v1/projects'],
      ['createEnvironment', environments],
      ['createKey', `/v1/environments/${environment.id}/keys`],
      ['createCredential', `/v1/environments/${environment.id}/credentials`],
      ['createManagementKey', '/v1/management-keys'],
    ])

    expect(await call('POST', paths.get(id) ?? '', { body })).toMatchObject({ status: 201 })
  })
})
