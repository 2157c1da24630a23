// The body of an answer that is not trusted: of bounded length, and not necessarily JSON.

/** The body as text; null when it is longer than `maxBytes`. Rejects when the connection breaks. */
export async function readAtMost(response: Response, maxBytes: number): Promise<string | null> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    bytes += part.value.byteLength
    if (bytes > maxBytes) return null
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}

/** The value that the text is in JSON; undefined when it is not JSON. */
export function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
