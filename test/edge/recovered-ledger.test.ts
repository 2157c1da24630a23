// A ledger that was recovered to an earlier moment keeps its epoch, and lacks the changes that some isolates have heard from it.
import { expect, it } from 'vitest'
import { LEDGER } from '../support/factory.ts'

it('makes a caller that is ahead of it start over', async () => {
  const stub = LEDGER.getByName(crypto.randomUUID())
  const { epoch, seq } = await stub.sync({ since: null, ask: [] })

  const answer = await stub.sync({ since: { epoch, seq: seq + 1 }, ask: [] })

  expect(answer).toMatchObject({ epoch, seq, reset: true })
})
