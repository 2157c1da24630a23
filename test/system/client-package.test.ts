import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import worker from '../../package.json' with { type: 'json' }
import manifest from '../../packages/keyward/package.json' with { type: 'json' }
import { aYes, json, MANAGEMENT_KEY, TOKEN, withStub } from '../client/stub-keyward.ts'

const root = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)
const scratch = mkdtempSync(join(tmpdir(), 'keyward-client-'))
const project = join(scratch, 'project')

type Tarball = { filename: string; size: number; files: { path: string }[] }
let tarball: Tarball

beforeAll(async () => {
  tarball = await npmReport('pack', '--pack-destination', scratch)
  mkdirSync(project)
  write('package.json', JSON.stringify({ name: 'scratch', type: 'module', private: true }))
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('the package keyward', () => {
  it('has the version of the Worker', () => {
    expect([manifest.name, manifest.version]).toEqual(['keyward', worker.version])
  })

  it('can be published, by a dry run', async () => {
    const published = await npmReport('publish', '--dry-run')

    expect(published.files.map(({ path }) => path)).toEqual(tarball.files.map(({ path }) => path))
  })

  it('holds the built client and nothing of the Worker, in less than 50 kB', () => {
    const paths = tarball.files.map(({ path }) => path)

    expect(paths).toEqual(expect.arrayContaining(['dist/index.js', 'dist/hono.d.ts', 'dist/node.d.ts', 'LICENSE']))
    expect(paths.filter((path) => !/^dist\/[a-z-]+(\.d\.ts|\.js)$/.test(path)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ])
    expect(tarball.size).toBeLessThan(50_000)
  })

  it('brings no other package with it, and Hono only where it is asked for', async () => {
    await install(join(scratch, tarball.filename))
    expect(installed()).toEqual(['keyward'])

    await install(`hono@${worker.dependencies.hono}`)
    expect(installed()).toEqual(['hono', 'keyward'])
  })

  it('has the types that `npm run client:types` makes of this Worker', async () => {
    const made = join(scratch, 'openapi.ts')
    const flags = ['--from', `${inject('server').url}/openapi.json`, '--to', made]
    await run('npm', ['run', 'client:types', '--', ...flags], { cwd: root })

    const committed = readFileSync(join(root, 'packages/keyward/src/openapi.ts'), 'utf8')
    // Not toBe: its report of the difference would be as long as the files.
    expect(committed === readFileSync(made, 'utf8'), 'run `npm run client:types`').toBe(true)
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

  it('verifies, guards and manages in Node by each of its exports', async () => {
    write('app.js', RUNNING_APP)

    const { stdout } = await withStub(json({ ...aYes(), id: 'key_1' }), ({ url }) =>
      run(process.execPath, ['app.js', url, MANAGEMENT_KEY, TOKEN], { cwd: project }),
    )

    expect(JSON.parse(stdout)).toEqual({
      verdict: 'valid',
      none: 401,
      good: 200,
      missing: 503,
      name: 'Billing',
      managed: 'key_1',
      inNode: { none: 401, good: 200, name: 'Billing' },
      isOne: true,
    })
  })

  it.each(['keyward', 'keyward/client', 'keyward/client/hono', 'keyward/client/node'])(
    'bundles %s for a browser, alone',
    async (entry) => {
      write('entry.js', `export * from '${entry}'`)

      const flags = ['--bundle', '--platform=browser', '--format=esm', '--outfile=bundle.js', '--metafile=meta.json']
      await run(bin('esbuild'), ['entry.js', ...flags], { cwd: project })

      const { inputs } = JSON.parse(readFileSync(join(project, 'meta.json'), 'utf8'))
      const foreign = Object.keys(inputs).filter((path) => !path.startsWith('node_modules/keyward/dist/'))
      expect(foreign).toEqual(['entry.js'])
    },
  )
})

const TYPED_APP = `
import { Hono } from 'hono'
import { createKeyward, type Keyward, KeywardError } from 'keyward'
import { createKeyVerifier, type KeyVerifierBinding } from 'keyward/client'
import { requireKey } from 'keyward/client/hono'
import { keyOf, requireKey as requireKeyInNode } from 'keyward/client/node'

const keyward: Keyward = createKeyward({ url: 'https://keys.example.com', managementKey: 'x' })
export async function manage(environmentId: string): Promise<string[]> {
  try {
    // @ts-expect-error: a key has a name
    await keyward.keys.create(environmentId, { scopes: ['read'] })
    const { key, token } = await keyward.keys.create(environmentId, { name: 'a', scopes: ['read'] })
    const found = [token, key.id]
    for await (const { prefix } of keyward.keys.list(environmentId, { status: 'active' })) found.push(prefix)
    return found
  } catch (error) {
    return error instanceof KeywardError ? [error.code, error.requestId ?? ''] : []
  }
}

const guard = requireKeyInNode({ url: 'https://keys.example.com', managementKey: 'x', scopes: ['read'] })
export const name = (request: Parameters<typeof guard>[0]): string => keyOf(request).name

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
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Hono } from 'hono'
import * as main from 'keyward'
import * as client from 'keyward/client'
import { requireKey } from 'keyward/client/hono'
import { keyOf, requireKey as requireKeyInNode } from 'keyward/client/node'

const [url, managementKey, token] = process.argv.slice(2)
const app = new Hono()
app.get('/', requireKey({ url, managementKey, scopes: ['read'] }), (c) => c.text(c.get('key').name))
app.get('/admin', requireKey({ url, managementKey, scopes: ['admin'] }), (c) => c.text('never'))
const headers = { Authorization: 'Bearer ' + token }

const guard = requireKeyInNode({ url, managementKey })
const server = createServer((request, response) => guard(request, response, () => response.end(keyOf(request).name)))
await once(server.listen(0, '127.0.0.1'), 'listening')
const local = 'http://127.0.0.1:' + server.address().port
const inNode = await fetch(local, { headers })

const verdict = await client.createKeyVerifier({ url, managementKey }).verify({ token })
const good = await app.request('/', { headers })
console.warn = () => {}
console.log(JSON.stringify({
  verdict: verdict.code,
  none: (await app.request('/')).status,
  good: good.status,
  missing: (await app.request('/admin', { headers })).status,
  name: await good.text(),
  managed: (await main.createKeyward({ url, managementKey }).keys.get('key_1')).id,
  inNode: { none: (await fetch(local)).status, good: inNode.status, name: await inNode.text() },
  isOne: main.KeywardError === client.KeywardError,
}))
server.closeAllConnections()
server.close()
`

/** What npm does with the package, as it reports it. */
async function npmReport(command: 'pack' | 'publish', ...flags: string[]): Promise<Tarball> {
  const { stdout } = await run('npm', [command, '--workspace', 'keyward', '--json', ...flags], { cwd: root })
  // Before the report npm prints what the build printed.
  const [report] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m))))
  return report as Tarball
}

const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const write = (file: string, text: string) => writeFileSync(join(project, file), text)
const install = (what: string) =>
  run('npm', ['install', what, '--prefer-offline', '--no-audit', '--no-fund'], { cwd: project })
const installed = () => readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))
