// What a bench needs to be there: the tables, an environment with routes, a key, a management key, an SDK credential.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../scripts/wrangler.ts'
import { ROOT_KEY, type Runtime } from './runtime.ts'

export async function migrate(db: D1Database): Promise<void> {
  const folder = join(projectRoot, 'migrations')
  const { unstable_splitSqlQuery: split } = await import('wrangler')
  for (const file of readdirSync(folder).sort()) {
    for (const statement of split(readFileSync(join(folder, file), 'utf8'))) await db.prepare(statement).run()
  }
}

type Answer = { id: string; token: string; clientId: string; clientSecret: string }
type Sent = { method?: 'POST' | 'PUT'; path: string; body: object }

export type Made = { token: string; verifier: string; client: { id: string; secret: string } }

/** A key, a management key that may only verify, and an SDK credential, in an environment whose routes lead to the upstream. */
export async function makeCredentials({ keyward, upstream }: Pick<Runtime, 'keyward' | 'upstream'>): Promise<Made> {
  const call = async ({ method = 'POST', path, body }: Sent) => {
    const headers = { authorization: `Bearer ${ROOT_KEY}`, 'content-type': 'application/json' }
    const response = await fetch(new URL(path, keyward), { method, headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.json() as Promise<Answer> // the routes below answer with some of these
  }
  const project = await call({ path: '/v1/projects', body: { name: 'Bench' } })
  const environment = await call({
    path: `/v1/projects/${project.id}/environments`,
    body: { name: 'Bench', tag: 'bench', template: 'data-api' },
  })
  const of = `/v1/environments/${environment.id}`
  const route = { methods: ['*'], scopes: ['read'] }
  await call({
    method: 'PUT',
    path: `${of}/routes`,
    body: {
      routes: [
        { ...route, path: '/api/by-url/*', upstream: { url: upstream.origin } },
        { ...route, path: '/api/by-service/*', upstream: { service: 'UPSTREAM' } },
      ],
    },
  })
  const { token } = await call({ path: `${of}/keys`, body: { name: 'bench', scopes: ['read'] } })
  const { token: verifier } = await call({ path: '/v1/management-keys', body: { name: 'bench', role: 'verifier' } })
  const { clientId, clientSecret } = await call({
    path: `${of}/credentials`,
    body: { name: 'bench', scopes: ['read'] },
  })
  return { token, verifier, client: { id: clientId, secret: clientSecret } }
}
