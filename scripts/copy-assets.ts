// Copies the API reference's script from its package into the folder of static assets. Run by wrangler's build step.
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const vendor = join(root, 'public', 'vendor')

mkdirSync(vendor, { recursive: true })
copyFileSync(
  join(root, 'node_modules', '@scalar', 'api-reference', 'dist', 'browser', 'standalone.js'),
  join(vendor, 'api-reference.js'),
)
