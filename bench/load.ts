// Loads that take turns, so that a machine that is busy for a while is so for all of them: requests per second and
// latency over real HTTP, each compared with the first of its own round.
import autocannon from 'autocannon'
import { printTable } from './table.ts'

const CONNECTIONS = 16
const WARM_UPS = 4
const ROUNDS = 15
const SECONDS = 1

export type Load = {
  name: string
  url: URL
  path: string
  method?: 'GET' | 'POST'
  body?: object | string
  headers?: Record<string, string>
}
type Measured = { perSecond: number; p50: number; p99: number }

/** Measures the loads by turns and prints the medians; ratios are those to the first of them. */
export async function compareLoads(title: string, ratio: string, loads: Load[]): Promise<void> {
  // The runtime goes on optimising for some ten thousand requests.
  for (let time = 0; time < WARM_UPS; time += 1) for (const load of loads) await measure(load)
  const rounds: Measured[][] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const measured: Measured[] = []
    for (const load of loads) measured.push(await measure(load))
    rounds.push(measured)
  }
  report(title, ratio, { loads, rounds })
}

async function measure({ name, url, path, method = 'POST', body, headers = {} }: Load): Promise<Measured> {
  const isJson = typeof body === 'object'
  const result = await autocannon({
    url: new URL(path, url).href,
    method,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: { ...(isJson ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${name}: ${result.non2xx} bad answers, ${result.errors} errors`)
  return { perSecond: result.requests.total / result.duration, p50: result.latency.p50, p99: result.latency.p99 }
}

function report(title: string, ratio: string, { loads, rounds }: { loads: Load[]; rounds: Measured[][] }): void {
  const median = (index: number, of: (measured: Measured, first: Measured) => number) =>
    middle(rounds.flatMap(({ [index]: measured, 0: first }) => (measured && first ? [of(measured, first)] : [])))
  printTable(
    `${title}, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds of ${SECONDS} s each`,
    ['', 'requests/s', 'p50 ms', 'p99 ms', ratio],
    loads.map(({ name }, index) => [
      name,
      median(index, ({ perSecond }) => perSecond).toFixed(0),
      String(median(index, ({ p50 }) => p50)),
      String(median(index, ({ p99 }) => p99)),
      median(index, ({ perSecond }, first) => perSecond / first.perSecond).toFixed(2),
    ]),
  )
}

const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
