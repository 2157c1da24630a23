// The root key of local development, in .dev.vars: made once, readable by its owner alone, never printed.
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { projectRoot } from './wrangler.ts'

const FILE = join(projectRoot, '.dev.vars')
const OWNER_ONLY = 0o600

/** Makes sure that .dev.vars holds a ROOT_KEY, and says where that is. */
export function ensureRootKey(): { file: string; created: boolean } {
  const present = existsSync(FILE) ? readFileSync(FILE, 'utf8') : ''
  if (parseEnv(present)['ROOT_KEY']) return { file: FILE, created: false }
  const others = present.replace(/^ROOT_KEY=.*\n?/m, '')
  const rest = others === '' || others.endsWith('\n') ? others : `${others}\n`
  const text = `${rest}ROOT_KEY=${randomBytes(32).toString('hex')}\n`
  return { file: FILE, created: present === '' ? writeFirst(text) : writeOver(text) }
}

/** Whether the file is ours: of several that start at once, all take the key of the one that was first. */
function writeFirst(text: string): boolean {
  const draft = `${FILE}.${process.pid}`
  writeFileSync(draft, text, { mode: OWNER_ONLY })
  try {
    linkSync(draft, FILE)
    return true
  } catch (error) {
    if (!existsSync(FILE)) throw error
    return readFileSync(FILE, 'utf8') === '' && writeOver(text)
  } finally {
    unlinkSync(draft)
  }
}

function writeOver(text: string): true {
  writeFileSync(FILE, text, { mode: OWNER_ONLY })
  chmodSync(FILE, OWNER_ONLY)
  return true
}

/** The root key from the environment or .dev.vars; null when neither has one. */
export function localRootKey(): string | null {
  const fromFile = existsSync(FILE) ? parseEnv(readFileSync(FILE, 'utf8'))['ROOT_KEY'] : undefined
  return process.env['ROOT_KEY'] || fromFile || null
}
