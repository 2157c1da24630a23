// Does a page of the console cost more with 100,000 keys in the environment than with 1,000? Medians over HTTP.
import { seedKeys } from './seed.ts'
import { ROOT_KEY, type Server, startServer } from './server.ts'
import { printTable } from './table.ts'

const SMALL = 1_000
const LARGE = 100_000
const ROUNDS = 20

export async function benchConsole(): Promise<void> {
  const server = await startServer()
  try {
    const project = await server.manage<{ id: string }>('POST', '/v1/projects', { name: 'Bench' })
    const { id } = await server.manage<{ id: string }>('POST', `/v1/projects/${project.id}/environments`, {
      name: 'Bench',
      tag: 'bench',
      template: 'data-api',
    })
    const cookie = await signIn(server)
    const pages = pagesOf(project.id, id)
    await seedKeys(server.db, id, 0, SMALL)
    const small = await measureAll(server, cookie, pages)
    await seedKeys(server.db, id, SMALL, LARGE)
    const large = await measureAll(server, cookie, pages)
    printTable(
      `The console with ${LARGE} keys against ${SMALL}`,
      ['', 'ms, 1k', '100k', 'ratio', 'KB of HTML'],
      Object.keys(pages).map((name, index) => {
        const [before, after] = [small[index], large[index]]
        if (!(before && after)) return [name]
        const ratio = after.medianMs / before.medianMs
        return [
          name,
          before.medianMs.toFixed(1),
          after.medianMs.toFixed(1),
          ratio.toFixed(2),
          after.kilobytes.toFixed(0),
        ]
      }),
    )
  } finally {
    await server.close()
  }
}

function pagesOf(projectId: string, environmentId: string): Record<string, string> {
  const at = `/console/environments/${environmentId}`
  return {
    projects: '/console/projects',
    'environments of the project': `/console/projects/${projectId}`,
    keys: `${at}/keys`,
    'keys, a search that finds one': `${at}/keys?search=000421`,
    'keys, a search that finds all': `${at}/keys?search=key`,
    'keys, disabled (1 %)': `${at}/keys?status=disabled`,
    'a key': `/console/keys/key_00${'421'.padStart(24, '0')}`,
    routes: `${at}/routes`,
    'rerank controls': `${at}/rerank-controls`,
    settings: `${at}/settings`,
    'audit log': '/console/audit-log',
    'management keys': '/console/management-keys',
  }
}

type Measured = { medianMs: number; kilobytes: number }

async function measureAll(server: Server, cookie: string, pages: Record<string, string>): Promise<Measured[]> {
  const measured: Measured[] = []
  for (const path of Object.values(pages)) {
    const times: number[] = []
    let bytes = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now()
      const response = await fetch(new URL(path, server.url), { headers: { Cookie: cookie }, redirect: 'manual' })
      bytes = (await response.arrayBuffer()).byteLength
      if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
      times.push(performance.now() - start)
    }
    measured.push({
      medianMs: times.sort((left, right) => left - right)[ROUNDS / 2] ?? Number.NaN,
      kilobytes: bytes / 1000,
    })
  }
  return measured
}

/** The session of the root key, as a cookie. */
async function signIn({ url }: Server): Promise<string> {
  const response = await fetch(new URL('/console/sign-in', url), {
    method: 'POST',
    headers: { Origin: new URL(url).origin },
    body: new URLSearchParams({ key: ROOT_KEY }),
    redirect: 'manual',
  })
  const [cookie] = response.headers.getSetCookie().filter((text) => text.startsWith('__Host-keyward='))
  if (!cookie) throw new Error(`no session: ${response.status}`)
  return cookie.split(';')[0] ?? ''
}
