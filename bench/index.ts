// `npm run bench`: ratios from one run. Numbers of one machine mean little; how they compare means something.
// `npm run bench -- throughput` (or `front-door`, `strangers`, `memory`, `scale`, `console`) runs one of them.
import { benchConsole } from './console.ts'
import { benchFrontDoor } from './front-door.ts'
import { benchMemory } from './memory.ts'
import { benchScale } from './scale.ts'
import { benchStrangers } from './strangers.ts'
import { benchThroughput } from './throughput.ts'

const [chosen] = process.argv.slice(2)
const wants = (name: string) => chosen === undefined || chosen === name

if (wants('throughput')) await benchThroughput()
if (wants('front-door')) await benchFrontDoor()
if (wants('strangers')) await benchStrangers()
if (wants('memory')) benchMemory()
if (wants('scale')) await benchScale()
if (wants('console')) await benchConsole()
