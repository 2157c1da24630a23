// What a client sends: JSON bodies, and parameters of the query that are numbers or JSON.
import type { HonoRequest } from 'hono'

/** What the client sent cannot be used; the message is for the client. */
export class BadRequest extends Error {}

export type Fields = Record<string, unknown>

/** @throws {BadRequest} when the body is not a JSON object */
export async function readObject(request: HonoRequest): Promise<Fields> {
  const body: unknown = await request.json().catch(() => null)
  if (!isObject(body)) throw new BadRequest('The body must be a JSON object.')
  return body
}

/** The objects of a body that is one, or a list of them. @throws {BadRequest} for any other */
export async function readObjects(request: HonoRequest): Promise<{ isList: boolean; objects: Fields[] }> {
  const body: unknown = await request.json().catch(() => null)
  const objects: unknown[] = Array.isArray(body) ? body : [body]
  if (objects.length === 0 || !objects.every(isObject)) {
    throw new BadRequest('The body must be a JSON object, or a list of at least one.')
  }
  return { isList: Array.isArray(body), objects }
}

/** @throws {BadRequest} when it is not a whole number */
export function readNumber(name: string, value: unknown): number {
  if (!/^[0-9]{1,6}$/.test(String(value))) throw new BadRequest(`${name}: must be a whole number.`)
  return Number(value)
}

/** A parameter that is JSON; undefined when it is not given. @throws {BadRequest} when it is not JSON */
export function readJsonParameter(request: HonoRequest, name: string): unknown {
  const text = request.query(name)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new BadRequest(`${name}: must be JSON.`)
  }
}

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
