// The console on a host of its own: what an upstream answers has another origin than the console.
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFetch } from '../../src/app.ts'
import type { Deps } from '../../src/service/deps.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { aCaller } from '../support/factory.ts'
import { aDoor, type Door } from '../support/upstream.ts'

const CONSOLE_HOST = 'console.example.com'
const CONSOLE = `https://${CONSOLE_HOST}`
const DOOR = 'https://api.example.com'

let door: Door
let apart: Deps
beforeAll(async () => {
  door = await aDoor()
  apart = { ...door.deps, config: { ...door.deps.config, consoleHost: CONSOLE_HOST } }
})

async function ask(address: string, headers: Record<string, string> = {}, deps: Deps = apart) {
  const request = new Request(address, {
    headers: { Authorization: `Bearer ${door.token}`, ...headers },
    redirect: 'manual',
  })
  return (await createFetch(() => deps)(request, env, createExecutionContext())).status
}

describe('with a host of its own', () => {
  it.each(['/console', '/console/sign-in', '/console/projects', '/console/nowhere/'])(
    'the console serves %s there, and on no other host',
    async (path) => {
      expect(await ask(`${DOOR}${path}`)).toBe(404)
      expect(await ask(`https://sub.${CONSOLE_HOST}${path}`)).toBe(404)
      expect(await ask(`https://${CONSOLE_HOST}.${path}`)).toBe(404)
      expect(await ask(`${CONSOLE}${path}`)).toBe(path === '/console/sign-in' ? 200 : 303)
    },
  )

  it.each(['/api/x', '/api', '/api/x?a=1', '/core/x', '/core'])(
    'nothing of an upstream is served there: %s',
    async (path) => {
      door.upstream.seen.length = 0

      expect(await ask(`${CONSOLE}${path}`)).toBe(404)
      expect(await ask(`https://CONSOLE.example.com:8443${path}`)).toBe(404)
      expect(door.upstream.seen).toEqual([])
    },
  )

  it('no proxy is answered there', async () => {
    expect(await ask(`${CONSOLE}/forward-auth?scopes=read`)).toBe(404)
    expect(await ask(`${DOOR}/forward-auth?scopes=read`)).toBe(200)
  })

  it.each(['/api/x', '/healthz', '/v1/whoami', '/.well-known/jwks.json'])(
    'everything else is on every other host: %s',
    async (path) => {
      expect(await ask(`${DOOR}${path}`)).toBe(200)
    },
  )

  it('a page of the console sends nothing to an upstream, whatever an environment says', async () => {
    const { deps } = await aDoor({ browserOrigins: [CONSOLE] })

    expect(await ask(`${DOOR}/api/x`, { Origin: CONSOLE }, { ...deps, config: apart.config })).toBe(403)
  })

  it('an environment cannot let in pages of the console', async () => {
    const edit = editEnvironment(apart, aCaller(), door.environment.id, {
      browserOrigins: ['https://a.example', CONSOLE],
    })

    await expect(edit).rejects.toMatchObject({ code: 'invalid_request', faults: [{ path: 'browserOrigins.1' }] })
  })
})

describe('without one', () => {
  it.each(['/console/sign-in', '/api/x', '/forward-auth?scopes=read'])('every host serves %s', async (path) => {
    expect(await ask(`${CONSOLE}${path}`, {}, door.deps)).toBe(200)
    expect(await ask(`${DOOR}${path}`, {}, door.deps)).toBe(200)
  })
})
