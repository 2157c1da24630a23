// The types of each operation of the management API, found by its name in the OpenAPI document.
import type { OPERATIONS, operations } from './openapi.ts'

export type OperationName = keyof typeof OPERATIONS & keyof operations

type JsonOf<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined

/** What the operation's body holds. */
export type BodyOf<Name extends OperationName> = operations[Name] extends { requestBody?: infer Body }
  ? JsonOf<NonNullable<Body>>
  : never

/** What may be said in the operation's query. */
export type QueryOf<Name extends OperationName> = operations[Name] extends { parameters: { query?: infer Query } }
  ? NonNullable<Query>
  : never

/** What a success answers. */
export type ResultOf<Name extends OperationName> = {
  [Status in keyof operations[Name]['responses']]: JsonOf<operations[Name]['responses'][Status]>
}[keyof operations[Name]['responses']]

/** What a page of the operation's list holds. */
export type ItemOf<Name extends OperationName> = ResultOf<Name> extends { data: (infer Item)[] } ? Item : never
