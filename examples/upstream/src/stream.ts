// Server-sent events: shows that an answer comes through piece by piece and not when it is complete.
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { callerOf } from './answer.ts'

export const stream = new Hono()

const EVENTS = 5
const PAUSE_MS = 200

stream.get('/stream', (c) =>
  streamSSE(c, async (events) => {
    const caller = callerOf(c.req.raw.headers)
    for (let number = 1; number <= EVENTS && !events.aborted; number += 1) {
      if (number > 1) await events.sleep(PAUSE_MS)
      await events.writeSSE({ id: String(number), data: JSON.stringify({ number, of: EVENTS, caller }) })
    }
  }),
)
