// The OpenAPI document that the Worker serves, and what it says of an operation.
import { expect } from 'vitest'
import { z } from 'zod'
import { call } from '../support/client.ts'

export type Schema = Parameters<typeof z.fromJSONSchema>[0]
type Content = Record<string, { schema: Schema; example?: unknown }>
export type Operation = {
  operationId?: string
  summary?: string
  tags?: string[]
  security?: object[]
  parameters?: { name: string; in: string; required?: boolean; description?: string }[]
  requestBody?: { content: Content }
  responses: Record<string, { description: string; headers?: object; content?: Content }>
}

export const { body: document } = await call('GET', '/openapi.json', { token: null })
export const OPERATIONS: [string, Operation][] = Object.entries<Record<string, Operation>>(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
)
export const operationOf = (name: string) => new Map(OPERATIONS).get(name)

/** The schema as one that checks: references resolved, and no member allowed that it does not name. */
export function checked(schema: Schema) {
  const text = JSON.stringify({ ...Object(schema), $defs: document.components.schemas })
  const closed = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/'), (_, value) =>
    value?.type === 'object' && value.properties ? { additionalProperties: false, ...value } : value,
  )
  return z.fromJSONSchema(closed)
}

export function expectDocumented(operation: string, { status, body }: { status: number; body: unknown }) {
  const response = operationOf(operation)?.responses[status]
  expect(response, `${operation} ${status}`).toBeDefined()
  const schema = response?.content?.['application/json']?.schema
  if (schema === undefined) expect(body).toBe('')
  else expect(checked(schema).safeParse(body).error).toBeUndefined()
}
