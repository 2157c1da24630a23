// `npm run bench`: ratios from one run. Numbers of one machine mean little; how they compare means something.
// `npm run bench -- throughput` (or `front-door`, `strangers`, `memory`, `scale`, `console`) runs one of them.
import { answerHelp } from '../scripts/flags.ts'
import { benchConsole } from './console.ts'
import { benchFrontDoor } from './front-door.ts'
import { benchMemory } from './memory.ts'
import { benchScale } from './scale.ts'
import { benchStrangers } from './strangers.ts'
import { benchThroughput } from './throughput.ts'

answerHelp(`
Usage: npm run bench -- [throughput | front-door | strangers | memory | scale | console]

Ratios from one run: without a name, all of them (about a quarter of an hour on two quiet cores).
`)
const [chosen] = process.argv.slice(2)
const wants = (name: string) => chosen === undefined || chosen === name

if (wants('throughput')) await benchThroughput()
if (wants('front-door')) await benchFrontDoor()
if (wants('strangers')) await benchStrangers()
if (wants('memory')) benchMemory()
if (wants('scale')) await benchScale()
if (wants('console')) await benchConsole()
