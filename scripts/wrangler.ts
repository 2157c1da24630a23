// Where the project's own wrangler is, so that scripts run the pinned one under the pinned Node.
import { join } from 'node:path'

export const projectRoot = join(import.meta.dirname, '..')
export const wranglerBinary = join(projectRoot, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
