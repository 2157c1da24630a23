// What good keys notice of strangers: the latency of a steady trickle of verifications, alone and beside 2,000 made-up tokens a
// second, each of them another.
import autocannon from 'autocannon'
import { makeUpToken } from './made-up-token.ts'
import { ROOT_KEY, type Runtime, startRuntime } from './runtime.ts'
import { makeCredentials, migrate } from './setup.ts'
import { printTable } from './table.ts'

const STRANGERS_PER_SECOND = 2000
const GOOD_PER_SECOND = 100
const SECONDS = 5

export async function benchStrangers(): Promise<void> {
  const runtime = await startRuntime({ answer: '{}', delayMs: 50 })
  try {
    await migrate(runtime.db)
    const { token } = await makeCredentials(runtime)
    const good = { warm: { token }, 'asking the ledger each time': { token, maxStalenessMs: 0 } }
    await flood(runtime, SECONDS)
    const rows = []
    for (const [name, body] of Object.entries(good)) {
      const alone = await measure(runtime, body)
      const [beside] = await Promise.all([measure(runtime, body), flood(runtime, SECONDS)])
      rows.push([name, ...alone, ...beside])
    }
    printTable(
      `${GOOD_PER_SECOND} verifications a second, alone and beside ${STRANGERS_PER_SECOND} made-up tokens a second`,
      ['', 'p50 ms alone', 'p99 ms alone', 'p50 ms beside', 'p99 ms beside'],
      rows,
    )
  } finally {
    await runtime.stop()
  }
}

const HEADERS = { authorization: `Bearer ${ROOT_KEY}`, 'content-type': 'application/json' }
const urlOf = ({ keyward }: Runtime) => new URL('/v1/keys/verify', keyward).href

async function measure(runtime: Runtime, body: object): Promise<[string, string]> {
  const result = await autocannon({
    ...{ url: urlOf(runtime), method: 'POST', headers: HEADERS, body: JSON.stringify(body) },
    ...{ connections: 4, overallRate: GOOD_PER_SECOND, duration: SECONDS },
  })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} bad answers, ${result.errors} errors`)
  return [String(result.latency.p50), String(result.latency.p99)]
}

function flood(runtime: Runtime, seconds: number): Promise<autocannon.Result> {
  const setupRequest = (request: autocannon.Request) => ({ ...request, body: JSON.stringify({ token: makeUpToken() }) })
  return autocannon({
    ...{ url: urlOf(runtime), method: 'POST', headers: HEADERS, requests: [{ setupRequest }] },
    ...{ connections: 16, overallRate: STRANGERS_PER_SECOND, duration: seconds },
  })
}
