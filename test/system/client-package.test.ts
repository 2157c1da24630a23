import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { aYes, json, MANAGEMENT_KEY, TOKEN, withStub } from '../client/stub-keyward.ts'

const root = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)
const scratch = mkdtempSync(join(tmpdir(), 'keyward-client-'))
const project = join(scratch, 'project')

let tarball: { filename: string; files: { path: string }[] }

beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', scratch], { cwd: root })
  // Before the report npm prints what the build printed.
  const [packed] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m))))
  tarball = packed as typeof tarball
  mkdirSync(project)
  write('package.json', JSON.stringify({ name: 'scratch', type: 'module', private: true }))
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the packed client', () => {
  it('holds the built client and nothing of the Worker', () => {
    const paths = tarball.files.map(({ path }) => path)

    expect(paths).toEqual(expect.arrayContaining(['dist/client/index.js', 'dist/client/hono.d.ts', 'LICENSE']))
    expect(paths.filter((path) => !/^dist\/client\/[a-z-]+(\.d\.ts|\.js)$/.test(path)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ])
  })

  it('brings no other package with it, and Hono only where it is asked for', async () => {
    await install(join(scratch, tarball.filename))
    expect(installed()).toEqual(['keyward'])

    await install(`hono@${manifest.dependencies.hono}`)
    expect(installed()).toEqual(['hono', 'keyward'])
  })

  it.each(['bundler', 'nodenext'])(
    'has types that a project with moduleResolution %s understands',
    async (resolution) => {
      write('app.ts', TYPED_APP)
      write(
        'tsconfig.json',
        JSON.stringify({
          compilerOptions: {
            module: resolution === 'bundler' ? 'esnext' : 'nodenext',
            moduleResolution: resolution,
            target: 'es2022',
            lib: ['es2022', 'dom', 'dom.iterable'],
            types: [],
            strict: true,
            noEmit: true,
          },
          files: ['app.ts'],
        }),
      )

      const { stdout } = await run(bin('tsc'), ['-p', project], { cwd: project }).catch((error) => error)

      expect(stdout).toBe('')
    },
  )

  it('verifies and guards in Node', async () => {
    write('app.js', RUNNING_APP)

    const { stdout } = await withStub(json(aYes()), ({ url }) =>
      run(process.execPath, ['app.js', url, MANAGEMENT_KEY, TOKEN], { cwd: project }),
    )

    expect(JSON.parse(stdout)).toEqual({ verdict: 'valid', none: 401, good: 200, missing: 503, name: 'Billing' })
  })

  it.each(['client', 'client/hono'])('bundles keyward/%s for a browser, alone', async (entry) => {
    write('entry.js', `export * from 'keyward/${entry}'`)

    const flags = ['--bundle', '--platform=browser', '--format=esm', '--outfile=bundle.js', '--metafile=meta.json']
    await run(bin('esbuild'), ['entry.js', ...flags], { cwd: project })

    const { inputs } = JSON.parse(readFileSync(join(project, 'meta.json'), 'utf8'))
    const foreign = Object.keys(inputs).filter((path) => !path.startsWith('node_modules/keyward/dist/client/'))
    expect(foreign).toEqual(['entry.js'])
  })
})

const TYPED_APP = `
import { Hono } from 'hono'
import { createKeyVerifier, type KeyVerifierBinding } from 'keyward/client'
import { requireKey } from 'keyward/client/hono'

type Bindings = { KEYWARD: KeyVerifierBinding; SECRET: string }

export async function ask(env: Bindings): Promise<string> {
  const answer = await createKeyVerifier({ binding: env.KEYWARD }).verify({ token: 'x', scopes: ['read'] })
  // @ts-expect-error: a no has no name
  if (!answer.valid) return answer.name
  return answer.environment.tag
}

const app = new Hono<{ Bindings: Bindings }>()
app.get('/', requireKey({ binding: (c) => c.env.KEYWARD, scopes: ['read'] }), (c) => {
  // @ts-expect-error: a key has no such field
  c.get('key').nothing
  const tag: string = c.get('key').environment.tag
  return c.text(tag + c.env.SECRET)
})
export default app

// @ts-expect-error: by binding or by URL, not both
createKeyVerifier({ binding: { verify: async () => null }, url: 'https://keys.example.com', managementKey: 'x' })
// @ts-expect-error: there is no such option
requireKey({ scope: ['read'] })
`

const RUNNING_APP = `
import { Hono } from 'hono'
import { createKeyVerifier } from 'keyward/client'
import { requireKey } from 'keyward/client/hono'

const [url, managementKey, token] = process.argv.slice(2)
const app = new Hono()
app.get('/', requireKey({ url, managementKey, scopes: ['read'] }), (c) => c.text(c.get('key').name))
app.get('/admin', requireKey({ url, managementKey, scopes: ['admin'] }), (c) => c.text('never'))
const headers = { Authorization: 'Bearer ' + token }

const verdict = await createKeyVerifier({ url, managementKey }).verify({ token })
const good = await app.request('/', { headers })
console.warn = () => {}
console.log(JSON.stringify({
  verdict: verdict.code,
  none: (await app.request('/')).status,
  good: good.status,
  missing: (await app.request('/admin', { headers })).status,
  name: await good.text(),
}))
`

const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const write = (file: string, text: string) => writeFileSync(join(project, file), text)
const install = (what: string) =>
  run('npm', ['install', what, '--prefer-offline', '--no-audit', '--no-fund'], { cwd: project })
const installed = () => readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))
