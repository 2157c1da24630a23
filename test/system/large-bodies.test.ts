// A body that is too large and does not say so beforehand: the client must get the answer, not a broken connection.
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, inject, it } from 'vitest'
import { localRootKey } from '../../scripts/root-key.ts'

const MIB = 1024 * 1024

async function postInChunks(bytes: number): Promise<number | undefined> {
  const headers = { Authorization: `Bearer ${localRootKey()}`, 'Content-Type': 'application/json' }
  const sending = request(`${inject('server').url}/v1/projects`, { method: 'POST', headers })
  const chunk = Buffer.alloc(64 * 1024)
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>
  const sent = pipeline(Readable.from(Array.from({ length: bytes / chunk.length }, () => chunk)), sending)
  const [[response]] = await Promise.all([answered, sent])
  response.resume()
  return response.statusCode
}

it.each([1, 1, 5, 5, 5, 8])('an upload of %i MiB in chunks is answered with 413', async (size) => {
  expect(await postInChunks(size * MIB)).toBe(413)
})
