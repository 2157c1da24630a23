// `npm run bench`: ratios from one run. Numbers of one machine mean little; how they compare means something.
import { benchScale } from './scale.ts'

await benchScale()
