// A browser for the tests: the one that CHROMIUM names, one that is installed, or one that is fetched from the npm registry.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './running-server.ts'

/** What Playwright launches. */
export type BrowserProgram = { executablePath: string; args: string[]; env: Record<string, string> }

/** Chromium for Linux as a package. It is fetched only where no browser is installed: it is 70 MB. */
const PACKAGE = '@sparticuz/chromium@153.0.0'
const FETCHED = join(root, 'node_modules', '.cache', 'chromium')

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/microsoft-edge',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** As root a browser starts only without its sandbox. */
const SANDBOX = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** Finds a browser, and says which. @throws {Error} that says how to get one */
export async function findBrowser(): Promise<BrowserProgram> {
  const named = process.env['CHROMIUM'] || undefined
  const installed = named ?? INSTALLED.find((path) => existsSync(path))
  if (installed !== undefined) {
    console.log(`The console is tested in ${installed}.`)
    return { executablePath: installed, args: SANDBOX, env: environment() }
  }
  return fetchBrowser()
}

async function fetchBrowser(): Promise<BrowserProgram> {
  console.log(`No browser is installed: the console is tested in ${PACKAGE} from the npm registry.`)
  mkdirSync(FETCHED, { recursive: true })
  const flags = ['install', '--prefix', FETCHED, '--no-save', '--no-audit', '--no-fund', PACKAGE]
  const { status, stderr } = spawnSync('npm', flags, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${NO_BROWSER}\n${stderr}`)
  // It brings the shared libraries that a bare machine lacks, and unpacks them where it believes to be in a Lambda.
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs22.x'
  const { resolve } = createRequire(join(FETCHED, 'package.json'))
  const { default: chromium } = await import(pathToFileURL(resolve('@sparticuz/chromium')).href)
  const executablePath: string = await chromium.executablePath()
  // Not its own flags, which are for a Lambda: one process, and no web security.
  return { executablePath, args: [...SANDBOX, '--disable-gpu'], env: environment() }
}

const environment = () =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )

const NO_BROWSER = `No browser is installed, and ${PACKAGE} could not be fetched. Install Chromium or Chrome, name one with CHROMIUM, or
leave its tests out: npm test -- --project core --project worker --project system`
