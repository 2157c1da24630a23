// `npm run simulate`: how long a revoked key still gets a "yes" somewhere, with KV, with D1 replicas, and with leases.
// Ends with 1 when a lease was followed beyond its bound + 250 ms.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readFlags } from '../scripts/flags.ts'
import { d1Cached } from './d1-design.ts'
import { OUTAGE_WORLDS, QUIET_WORLDS } from './inputs.ts'
import { kvOnly } from './kv-design.ts'
import { keyward } from './lease-design.ts'
import { draw } from './picture.ts'
import { seedFor } from './random.ts'
import { report } from './report.ts'
import { brokenPromises, type Result, together } from './results.ts'
import { runWorld, type Weather } from './run-world.ts'
import type { Design } from './world.ts'

const DESIGNS = [kvOnly, d1Cached, keyward(5), keyward(1), keyward(0)]
const PICTURE = join(import.meta.dirname, '../docs/images/revocation-delay.svg')

const USAGE = `
Usage: npm run simulate -- [--seed N] [--svg]

How long a revoked key still gets a "yes" somewhere, with KV, with D1 replicas, and with Keyward's leases.

  --seed N   another run of chance (1)
  --svg      also draws docs/images/revocation-delay.svg
`

const values = readFlags(USAGE, { seed: { type: 'string', default: '1' }, svg: { type: 'boolean' } })
const seed = Number(values.seed)
if (!Number.isSafeInteger(seed)) throw new Error(`--seed must be a whole number, not ${values.seed}`)

// The lease code reports every store that did not answer, and an outage has a hundred thousand of them.
console.warn = () => {}

const results: Result[] = []
for (const design of DESIGNS) results.push(await simulate(design))

report(results, seed)
if (values.svg) {
  await mkdir(dirname(PICTURE), { recursive: true })
  await writeFile(PICTURE, draw(results))
}
for (const result of results) {
  const broken = brokenPromises(result)
  if (broken.length === 0) continue
  console.error(
    `${result.design.name}: ${broken.length} revocations later than promised, worst ${Math.max(...broken)} ms`,
  )
  process.exitCode = 1
}

async function simulate(design: Design): Promise<Result> {
  return {
    design,
    load: (await runWorld(design, 'steady', seed)).load,
    quiet: together(await worlds(design, 'quiet', QUIET_WORLDS)),
    outage: together(await worlds(design, 'outage', OUTAGE_WORLDS)),
  }
}

/** Every design lives through the same worlds: traffic and revocations follow the seed alone. */
async function worlds(design: Design, weather: Weather, count: number) {
  const seen = []
  for (let world = 0; world < count; world += 1) seen.push(await runWorld(design, weather, seedFor(seed, world)))
  return seen
}
