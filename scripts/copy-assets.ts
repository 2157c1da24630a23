// Copies what others made from its packages into the folder of static assets: the API reference's script, and the style
// sheet of the console. Run by wrangler's build step.
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const vendor = join(root, 'public', 'vendor')

mkdirSync(vendor, { recursive: true })
for (const [from, to] of [
  ['@scalar/api-reference/dist/browser/standalone.js', 'api-reference.js'],
  ['bulma/css/versions/bulma-no-helpers.min.css', 'bulma.min.css'],
] as const) {
  copyFileSync(join(root, 'node_modules', from), join(vendor, to))
}
