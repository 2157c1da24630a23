import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { localRootKey } from '../../scripts/root-key.ts'
import { root } from '../support/running-server.ts'

const run = promisify(execFile)
const server = inject('server')

const script = (name: string, ...flags: string[]) =>
  run(process.execPath, [join(root, `scripts/${name}.ts`), ...flags], { cwd: root }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )

async function read<T>(path: string): Promise<T[]> {
  const headers = { Authorization: `Bearer ${localRootKey()}` }
  const response = await fetch(`${server.url}${path}`, { headers })
  return JSON.parse(await response.text()).data
}

type Named = { id: string; name: string }
type Key = { status: string; secrets: object[]; lastUsedAt: string | null }

describe('npm run seed', () => {
  it('makes three projects with keys in every state, once', async () => {
    const flags = ['--url', server.url, '--upstream', server.upstreamUrl]
    expect(await script('seed', ...flags)).toMatchObject({ code: 0, stderr: '' })
    expect(await script('seed', ...flags)).toMatchObject({ code: 0, stdout: expect.stringContaining('there already') })

    const names = ['Acme Storefront', 'Partner API', 'Internal tools']
    const projects = (await read<Named>('/v1/projects?limit=100')).filter(({ name }) => names.includes(name))
    expect(projects.map(({ name }) => name).sort()).toEqual(names.sort())

    const storefront = projects.find(({ name }) => name === 'Acme Storefront')
    const environments = await read<Named>(`/v1/projects/${storefront?.id}/environments`)
    const production = environments.find(({ name }) => name === 'Production')
    const keys = await read<Key>(`/v1/environments/${production?.id}/keys?limit=100`)
    expect(new Set(keys.map(({ status }) => status))).toEqual(new Set(['active', 'disabled', 'expired', 'revoked']))
    expect(keys.some(({ secrets }) => secrets.length === 2)).toBe(true)
    await expect
      .poll(async () =>
        (await read<Key>(`/v1/environments/${production?.id}/keys?limit=100`)).some((key) => key.lastUsedAt),
      )
      .toBe(true)
  })
})

describe('npm run demo -- --keep', () => {
  it('leaves what it made, and says where', async () => {
    const { code, stdout } = await script('demo', '--keep', '--url', server.url, '--upstream', server.upstreamUrl)

    expect(code).toBe(0)
    const [, id] = /\/console\/projects\/(proj_\w+)/.exec(stdout) ?? []
    expect((await read<Named>(`/v1/projects/${id}/environments`)).length).toBe(2)
  })
})

describe('every script', () => {
  it.each(['dev', 'demo', 'seed', 'deploy'])('%s explains itself with --help, and does nothing', async (name) => {
    const { code, stdout } = await script(name, '--help')

    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: npm run ${name}`)
  })

  it.each(['demo', 'seed'])('%s names a flag that it does not know', async (name) => {
    const { code, stderr } = await script(name, '--bogus')

    expect(code).toBe(2)
    expect(stderr).toContain("'--bogus'")
    expect(stderr).not.toContain('    at ')
  })

  it.each(['demo', 'seed'])('%s says when nobody answers', async (name) => {
    const { code, stderr } = await script(name, '--url', 'http://localhost:9')

    expect(code).toBe(1)
    expect(stderr).toContain('No answer from http://localhost:9')
  })
})
