// The distribution of the delay, one row for each design, on a logarithmic axis; as SVG that needs no script and no font.
import { seconds } from './report.ts'
import { brokenPromises, quantile, type Result, SLACK_MS } from './results.ts'

const WIDTH = 900
const LEFT = 245
const RIGHT = 185
const TOP = 74
const ROW = 62
const CURVE = 40
const SHORTEST_MS = 10
const LONGEST_MS = 300_000
const BINS = 72

const TICKS_MS = [10, 100, 1000, 10_000, 60_000, 300_000]

export function draw(results: Result[]): string {
  const bottom = TOP + results.length * ROW
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 62}" role="img" aria-labelledby="title description">
<title id="title">How long a revoked key is still answered yes somewhere</title>
<desc id="description">${describe(results)}</desc>
<style>${STYLE}</style>
<text class="strong" x="16" y="26">From committedAt to the last "yes" anywhere</text>
<text x="16" y="46">${results[0]?.quiet.delaysMs.length ?? 0} simulated revocations for each design, 300 locations, logarithmic axis</text>
${TICKS_MS.map((ms) => tick(ms, bottom)).join('\n')}
${results.map((result, row) => drawRow(result, TOP + row * ROW)).join('\n')}
<text x="16" y="${bottom + 50}">Area: quiet run. Diamond: longest while one region was cut off for 120 s. Dashed: what is promised (bound + 250 ms).</text>
</svg>
`
}

function drawRow(result: Result, top: number): string {
  const { design, quiet, outage } = result
  const base = top + CURVE + 10
  const kind = design.boundMs === null ? 'other' : 'ours'
  const longest = outage.delaysMs.at(-1) ?? 0
  const promised = design.boundMs === null ? null : x(design.boundMs + SLACK_MS)
  const median = x(quantile(quiet.delaysMs, 0.5))
  return [
    `<text class="strong" x="16" y="${base - 14}">${design.name}</text>`,
    `<text x="16" y="${base + 2}">${promiseOf(result)}</text>`,
    `<path class="${kind}" d="${curve(quiet.delaysMs, base)}"/>`,
    `<path class="axis" d="M${LEFT} ${base}H${WIDTH - RIGHT}"/>`,
    `<path class="median" d="M${median} ${base}v-${CURVE}"/>`,
    promised === null ? '' : `<path class="promise" d="M${promised} ${base + 4}v-${CURVE + 8}"/>`,
    `<path class="${kind} mark" d="M${x(longest)} ${base - 5}l5 5l-5 5l-5 -5z"/>`,
    `<text x="${WIDTH - RIGHT + 14}" y="${base - 14}">p50 ${seconds(quantile(quiet.delaysMs, 0.5))}, max ${seconds(quiet.delaysMs.at(-1) ?? 0)}</text>`,
    `<text x="${WIDTH - RIGHT + 14}" y="${base + 2}">outage max ${seconds(longest)}</text>`,
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function promiseOf(result: Result): string {
  if (result.design.boundMs === null) return 'promises nothing'
  return brokenPromises(result).length === 0 ? 'promise kept in every run' : 'promise broken'
}

/** A histogram as one closed line, as high as the row where most delays are. */
function curve(sorted: number[], base: number): string {
  const bins = new Array<number>(BINS).fill(0)
  for (const ms of sorted) {
    const bin = Math.min(BINS - 1, Math.floor(place(ms) * BINS))
    bins[bin] = (bins[bin] ?? 0) + 1
  }
  const highest = Math.max(...bins)
  const first = bins.findIndex((count) => count > 0)
  const last = bins.findLastIndex((count) => count > 0)
  const at = (bin: number) => round(LEFT + (bin / BINS) * (WIDTH - RIGHT - LEFT))
  const steps = bins
    .slice(first, last + 1)
    .map((count, step) => `V${round(base - (count / highest) * CURVE)}H${at(first + step + 1)}`)
  return `M${at(first)} ${base}${steps.join('')}V${base}Z`
}

const tick = (ms: number, bottom: number) =>
  `<path class="grid" d="M${x(ms)} ${TOP - 8}V${bottom}"/><text class="middle" x="${x(ms)}" y="${bottom + 20}">${tickLabel(ms)}</text>`

function tickLabel(ms: number): string {
  if (ms === SHORTEST_MS) return `${ms} ms or less`
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`
}

/** Where on the axis, from 0 to 1. */
const place = (ms: number) =>
  Math.log(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms)) / SHORTEST_MS) / Math.log(LONGEST_MS / SHORTEST_MS)

const round = (pixels: number) => Math.round(pixels * 10) / 10

const x = (ms: number) => round(LEFT + place(ms) * (WIDTH - RIGHT - LEFT))

const describe = (results: Result[]) =>
  results
    .map(({ design, quiet, outage }) => {
      const [p50, p99, max] = [0.5, 0.99, 1].map((share) => seconds(quantile(quiet.delaysMs, share)))
      const worst = seconds(outage.delaysMs.at(-1) ?? 0)
      return `${design.name}: half within ${p50}, 99 percent within ${p99}, all within ${max}; within ${worst} during the outage.`
    })
    .join(' ')

const STYLE = `
text{font:13px system-ui,sans-serif;fill:#57606a}.strong{font-weight:600;fill:#1f2328}.middle{text-anchor:middle}
.ours{fill:#0969da}.other{fill:#bc4c00}.mark{fill:none;stroke-width:2}.ours.mark{stroke:#0969da}.other.mark{stroke:#bc4c00}
.grid{stroke:#d0d7de;fill:none}.axis{stroke:#8c959f;fill:none}.median{stroke:#1f2328;fill:none}
.promise{stroke:#1f2328;stroke-dasharray:4 3;stroke-width:1.5;fill:none}
@media(prefers-color-scheme:dark){text{fill:#9198a1}.strong{fill:#f0f6fc}.ours{fill:#4493f8}.other{fill:#f0883e}
.mark{fill:none}.ours.mark{stroke:#4493f8}.other.mark{stroke:#f0883e}.grid{stroke:#3d444d}.axis{stroke:#656c76}
.median,.promise{stroke:#f0f6fc}}
`
