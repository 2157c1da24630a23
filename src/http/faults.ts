// Turns what a schema refused into faults that a client can act on: one for each field, named by its path.
import { type Fault, invalidFields, type Problem } from '../core/problem.ts'

type Issue = { code: string; path: PropertyKey[]; message: string; keys?: string[] }

/** Unknown field names come from the client, so they are cut to this length before they are quoted. */
const MAX_PATH_LENGTH = 200

/** The problem of a request that does not match its schema. */
export const toInvalidRequest = (issues: readonly Issue[]): Problem => invalidFields(toFaults(issues))

export const toFaults = (issues: readonly Issue[]): Fault[] => issues.flatMap(listFaults)

function listFaults({ code, path, message, keys = [] }: Issue): Fault[] {
  if (code !== 'unrecognized_keys') return [{ path: dotted(path), message }]
  return keys.map((key) => ({ path: dotted([...path, key]), message: 'is not a known field' }))
}

/** The path with dots, cut between characters and not within one. */
export const dotted = (path: readonly PropertyKey[]) =>
  [
    ...path
      .map(String)
      .join('.')
      .slice(0, 2 * MAX_PATH_LENGTH),
  ]
    .slice(0, MAX_PATH_LENGTH)
    .join('')
    .toWellFormed()
