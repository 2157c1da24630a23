// packages/keyward/src/openapi.ts as text, from the Worker's OpenAPI document: what the client may ask, send and receive.
import openapiTypescript, { astToString } from 'openapi-typescript'

type Parameter = { name: string; in: string }
type Operation = {
  operationId?: string
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  responses: Record<string, { headers?: object }>
}
type Document = { paths?: Record<string, Record<string, Operation>>; components?: { schemas?: Record<string, object> } }

/** The file's text. @throws when an operation has no name, because the client's methods are found by it */
export async function clientTypesOf(document: object): Promise<string> {
  const part = managementPartOf(document)
  const table = tableOf(part)
  for (const operation of Object.values(part.paths ?? {}).flatMap((methods) => Object.values(methods))) {
    operation.parameters = operation.parameters?.filter((parameter) => parameter.in !== 'header') ?? []
  }
  // A Document is a part of the type that openapi-typescript wants, which names every member of OpenAPI.
  const nodes = await openapiTypescript(part as Parameters<typeof openapiTypescript>[0], {
    silent: true,
    // What has a default may be left out of a request.
    defaultNonNullable: false,
  })
  const wanted = nodes.filter((node) => 'name' in node && WANTED.has(Object(node.name).text))
  return [HEADER, astToString(wanted), table].join('\n')
}

/**
 * The operations that take a management key, with what their callers write and read: no headers, which are options of the
 * client; no problems, which are one type, KeywardError; and no examples.
 */
function managementPartOf(whole: Document): Document {
  const document: Document = JSON.parse(JSON.stringify(whole), (name, value) =>
    name === 'example' || name === 'examples' ? undefined : value,
  )
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods)) {
      const isOurs = operation.security?.some((scheme) => 'managementKey' in scheme) && path.startsWith('/v1/')
      if (isOurs) keepSuccesses(operation)
      else delete methods[method]
    }
    if (Object.keys(methods).length === 0) delete document.paths?.[path]
  }
  dropUnreferenced(document)
  return document
}

/** The schemas that only other operations use. */
function dropUnreferenced(document: Document): void {
  const { schemas = {} } = document.components ?? {}
  const text = JSON.stringify(document)
  const unreferenced = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`))
  for (const name of unreferenced) delete schemas[name]
  // What was used by nothing but those is left over now.
  if (unreferenced.length > 0) dropUnreferenced(document)
}

function keepSuccesses(operation: Operation): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    delete response.headers
    if (!status.startsWith('2')) delete operation.responses[status]
  }
}

/** Method and path of each operation, and whether it takes an Idempotency-Key. */
function tableOf({ paths = {} }: Document): string {
  const lines = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [] }]) => {
      if (operationId === undefined) throw new Error(`${method} ${path} has no operationId`)
      const isIdempotent = parameters.some(({ name }) => name === 'Idempotency-Key')
      const entry = { method: method.toUpperCase(), path, takesIdempotencyKey: isIdempotent }
      return `  ${operationId}: ${JSON.stringify(entry)},`
    }),
  )
  return `export const OPERATIONS = {\n${lines.join('\n')}\n} as const\n`
}

/** Of what openapi-typescript writes. Nobody needs the others: the operations are found by their names. */
const WANTED = new Set(['components', 'operations'])
const HEADER = '// Made by `npm run client:types` from the OpenAPI document of the Worker. Do not edit.\n'
