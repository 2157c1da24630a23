// Clients that others' generators make of the OpenAPI document: they type-check strictly, narrow, and work.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { localRootKey } from '../../scripts/root-key.ts'
import { root } from '../support/running-server.ts'

const run = promisify(execFile)
const scratch = mkdtempSync(join(tmpdir(), 'keyward-generated-'))
const { url } = inject('server')
const generatorHook = join(root, 'test/support/typescript-for-generators.ts')

beforeAll(async () => {
  // What the generated code imports is found as in a project of its own.
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'))
  write('package.json', JSON.stringify({ name: 'generated', type: 'module', private: true }))
  write('openapi.json', await (await fetch(`${url}/openapi.json`)).text())
})

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('a client made by openapi-typescript and openapi-fetch', () => {
  const generate = generatorIn('fetch')

  beforeAll(async () => {
    await generate('openapi-typescript/bin/cli.js', '../openapi.json', '-o', 'schema.ts')
    write('fetch/flow.ts', FETCH_FLOW)
  })

  it('type-checks strictly: the verdict narrows on its code', async () => {
    expect(await typeCheck('fetch')).toBe('')
  })

  it('walks through the life of a key', async () => {
    expect(await runFlow('fetch')).toEqual(WHOLE_FLOW)
  })
})

describe('a client made by @hey-api/openapi-ts', () => {
  const generate = generatorIn('hey')

  beforeAll(async () => {
    await generate(
      '@hey-api/openapi-ts/bin/run.js',
      '-i',
      '../openapi.json',
      '-o',
      'client',
      '--silent',
      '--no-log-file',
    )
    write('hey/flow.ts', HEY_FLOW)
  })

  it('type-checks strictly: the verdict narrows on its code', async () => {
    expect(await typeCheck('hey')).toBe('')
  })

  it('walks through the life of a key', async () => {
    expect(await runFlow('hey')).toEqual(WHOLE_FLOW)
  })
})

/** What each flow prints. */
const WHOLE_FLOW = {
  first: 'valid production',
  own: 'valid',
  missing: 'insufficient_scope write',
  rotated: 'same key',
  revoked: 'revoked',
  listed: ['revoked'],
  refused: 'invalid_request',
  token: 'Bearer read',
  introspected: 'access_token',
}

const FETCH_FLOW = `
import createClient from 'openapi-fetch'
import type { paths } from './schema.ts'

const { KEYWARD_URL: baseUrl = '', ROOT_KEY: rootKey = '' } = process.env
const bearer = (token: string) => ({ Authorization: 'Bearer ' + token })
const api = createClient<paths>({ baseUrl, headers: bearer(rootKey) })

function given<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error))
  return data
}

const project = given(await api.POST('/v1/projects', { body: { name: 'Generated' } }))
const environment = given(
  await api.POST('/v1/projects/{projectId}/environments', {
    params: { path: { projectId: project.id } },
    body: { name: 'Production', tag: 'production', template: 'data-api' },
  }),
)
const environmentPath = { path: { environmentId: environment.id } }
const created = given(
  await api.POST('/v1/environments/{environmentId}/keys', {
    params: environmentPath,
    body: { name: 'billing', scopes: ['read'] },
  }),
)
const keyPath = { path: { keyId: created.key.id } }

async function verify(token: string, scopes: string[] = []): Promise<string> {
  const verdict = given(await api.POST('/v1/keys/verify', { body: { token, scopes, maxStalenessMs: 0 } }))
  // @ts-expect-error: only a yes has an environment
  verdict.environment
  switch (verdict.code) {
    case 'valid':
      return verdict.code + ' ' + verdict.environment.tag
    case 'insufficient_scope':
      return verdict.code + ' ' + verdict.missingScopes.join()
    case 'revoked':
    case 'disabled':
    case 'expired':
      return verdict.keyId === created.key.id ? verdict.code : 'another key'
    default:
      return verdict.code satisfies 'malformed' | 'not_found'
  }
}

const first = await verify(created.token)
const missing = await verify(created.token, ['write'])
const own = given(await api.GET('/v1/whoami', { headers: bearer(created.token) }))
const rotated = given(
  await api.POST('/v1/keys/{keyId}/rotate', { params: keyPath, body: { overlapSeconds: 60 } }),
)
const revoked = given(
  await api.POST('/v1/keys/{keyId}/revoke', { params: keyPath, body: { reason: 'compromised' } }),
)
const name: string | undefined = revoked.key?.name
const { data: listed } = given(
  await api.GET('/v1/environments/{environmentId}/keys', { params: { ...environmentPath, query: { limit: 10 } } }),
)
const { error } = await api.POST('/v1/projects', { body: { name: '' } })

const credential = given(
  await api.POST('/v1/environments/{environmentId}/credentials', {
    params: environmentPath,
    body: { name: 'sdk', scopes: ['read'] },
  }),
)
const asClient = {
  Authorization: 'Basic ' + btoa(credential.clientId + ':' + credential.clientSecret),
  'Content-Type': 'application/x-www-form-urlencoded',
}
const issued = given(
  await api.POST('/oauth2/token', {
    body: { grant_type: 'client_credentials' },
    headers: asClient,
  }),
)
const known = given(
  await api.POST('/oauth2/introspect', { body: { token: issued.access_token }, headers: asClient }),
)

console.log(
  JSON.stringify({
    first,
    own: own.code,
    missing,
    rotated: rotated.key.id === created.key.id && name === 'billing' ? 'same key' : 'another key',
    revoked: await verify(rotated.token),
    listed: listed.map(({ status }) => status),
    refused: error?.code,
    token: issued.token_type + ' ' + issued.scope,
    introspected: known.active ? known.kind : 'inactive',
  }),
)
`

const HEY_FLOW = `
import { client } from './client/client.gen.ts'
import * as api from './client/index.ts'

const { KEYWARD_URL: baseUrl = '', ROOT_KEY: rootKey = '' } = process.env
let secret = { bearer: rootKey, basic: '' }
client.setConfig({
  baseUrl,
  auth: ({ scheme }) => (scheme === 'basic' ? secret.basic : secret.bearer) || undefined,
  throwOnError: true,
})
const throwOnError = true as const

const { data: project } = await api.createProject({ body: { name: 'Generated' }, throwOnError })
const { data: environment } = await api.createEnvironment({
  path: { projectId: project.id },
  body: { name: 'Production', tag: 'production', template: 'data-api' },
  throwOnError,
})
const environmentPath = { environmentId: environment.id }
const { data: created } = await api.createKey({
  path: environmentPath,
  body: { name: 'billing', scopes: ['read'] },
  throwOnError,
})
const keyPath = { keyId: created.key.id }

async function verify(token: string, scopes: string[] = []): Promise<string> {
  const { data: verdict } = await api.verifyToken({ body: { token, scopes, maxStalenessMs: 0 }, throwOnError })
  // @ts-expect-error: only a yes has an environment
  verdict.environment
  switch (verdict.code) {
    case 'valid':
      return verdict.code + ' ' + verdict.environment.tag
    case 'insufficient_scope':
      return verdict.code + ' ' + verdict.missingScopes.join()
    case 'revoked':
    case 'disabled':
    case 'expired':
      return verdict.keyId === created.key.id ? verdict.code : 'another key'
    default:
      return verdict.code satisfies 'malformed' | 'not_found'
  }
}

const first = await verify(created.token)
const missing = await verify(created.token, ['write'])
secret = { bearer: created.token, basic: '' }
const { data: own } = await api.getOwnVerdict({ throwOnError })
secret = { bearer: rootKey, basic: '' }
const { data: rotated } = await api.rotateKey({ path: keyPath, body: { overlapSeconds: 60 }, throwOnError })
const { data: revoked } = await api.revokeKey({ path: keyPath, body: { reason: 'compromised' }, throwOnError })
const name: string | undefined = revoked.key?.name
const { data: listed } = await api.listKeys({ path: environmentPath, query: { limit: 10 }, throwOnError })
const { error } = await api.createProject({ body: { name: '' }, throwOnError: false })

const { data: credential } = await api.createCredential({
  path: environmentPath,
  body: { name: 'sdk', scopes: ['read'] },
  throwOnError,
})
secret = { bearer: '', basic: credential.clientId + ':' + credential.clientSecret }
const { data: issued } = await api.issueAccessToken({ body: { grant_type: 'client_credentials' }, throwOnError })
const { data: known } = await api.introspectToken({ body: { token: issued.access_token }, throwOnError })
secret = { bearer: rootKey, basic: '' }

console.log(
  JSON.stringify({
    first,
    own: own.code,
    missing,
    rotated: rotated.key.id === created.key.id && name === 'billing' ? 'same key' : 'another key',
    revoked: await verify(rotated.token),
    listed: listed.data.map(({ status }) => status),
    refused: error !== undefined && 'code' in error ? error.code : undefined,
    token: issued.token_type + ' ' + issued.scope,
    introspected: known.active ? known.kind : 'inactive',
  }),
)
`

function write(file: string, text: string): void {
  const path = join(scratch, file)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}

/** Runs a generator of an installed package in a folder of its own. */
function generatorIn(folder: string) {
  return (script: string, ...flags: string[]) => {
    mkdirSync(join(scratch, folder), { recursive: true })
    return run(process.execPath, [join(root, 'node_modules', script), ...flags], {
      cwd: join(scratch, folder),
      // A generator may start another process, which needs the hook as well.
      env: { ...process.env, NODE_OPTIONS: `--import ${generatorHook}` },
    })
  }
}

/** What the compiler says of the flow and of all that was generated for it; nothing if they are right. */
async function typeCheck(folder: string): Promise<string> {
  const compilerOptions = {
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  }
  write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files: ['flow.ts'] }))
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  return run(tsc, ['-p', '.'], { cwd: join(scratch, folder) }).then(
    ({ stdout }) => stdout,
    ({ message, stdout }) => `${message}\n${stdout}`,
  )
}

/** The imports of generated code have no file endings, as bundlers like it, so the flow is bundled and then run. */
async function runFlow(folder: string): Promise<unknown> {
  const cwd = join(scratch, folder)
  const esbuild = join(root, 'node_modules', '.bin', 'esbuild')
  await run(esbuild, ['flow.ts', '--bundle', '--platform=node', '--format=esm', '--outfile=flow.js'], { cwd })
  const env = { ...process.env, KEYWARD_URL: url, ROOT_KEY: localRootKey() ?? '' }
  const { stdout } = await run(process.execPath, ['flow.js'], { cwd, env })
  return JSON.parse(stdout)
}
