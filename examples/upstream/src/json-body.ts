import type { HonoRequest } from 'hono'

/** What the client sent cannot be used; the message is for the client. */
export class BadRequest extends Error {}

/**
 * The request's body.
 * @throws {BadRequest} when it is not a JSON object
 */
export async function jsonBody(request: HonoRequest): Promise<Record<string, unknown>> {
  const body: unknown = await request.json().catch(() => null)
  if (!isRecord(body)) throw new BadRequest('The body must be a JSON object.')
  return body
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
