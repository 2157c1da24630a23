// A real proxy on loopback with the configuration that a page of docs/forward-auth tells to write, word for word, in a
// folder of its own. It runs in front of Keyward, of a Keyward that cannot find out, and of none.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { root } from './running-server.ts'

/** How a proxy is run. `arguments` are given the folder of its files. */
export type ProxyProgram = {
  name: string
  versionFlag: string
  arguments: (folder: string) => string[]
  /** Files besides the documented ones. */
  files?: Record<string, string>
  /** What else must be on the machine. */
  needs?: string[]
}

/** What stands in the documented configuration at 8080, at 8787 or `keyward.example.com`, and at 8788. */
export type Ports = { listen: number; keyward: number; api: number }

export type RunningProxy = { url: string; stop: () => Promise<void> }

/** Debian keeps them where only root's PATH leads. */
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }

/** Whether it is on this machine; says so when it is not, and fails where nothing may be left out (NO_SKIPS, in CI). */
export function isInstalled({ name, versionFlag, needs = [] }: ProxyProgram): boolean {
  const found = spawnSync(name, [versionFlag], { env }).status === 0 && needs.every((path) => existsSync(path))
  if (found) return true
  const missing = `${[name, ...needs].join(', ')}: not installed, so its page is not tested here.`
  if (process.env['NO_SKIPS']) throw new Error(missing)
  console.warn(missing)
  return false
}

/** The files that a page tells to write, by path below the folder that the proxy is configured in. */
export function readDocumentedFiles(page: string): Record<string, string> {
  const text = readFileSync(join(root, 'docs/forward-auth', page), 'utf8')
  return Object.fromEntries(
    [...text.matchAll(/^```\w+\n(?:#|--) \/etc\/[^/]+\/(\S+)\n([\s\S]*?)^```$/gm)].map(([, path = '', file = '']) => [
      path,
      file,
    ]),
  )
}

/** Starts the proxy with its documented files on these ports; resolves when it accepts connections. */
export async function startProxy(
  program: ProxyProgram,
  documented: Record<string, string>,
  { ports, environmentId }: { ports: Ports; environmentId: string },
): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), `keyward-${program.name}-`))
  chmodSync(folder, 0o755) // its workers are another user when root starts it
  const place = (text: string) =>
    text
      .replaceAll(/\b8080\b/g, String(ports.listen))
      .replaceAll('127.0.0.1:8787', `127.0.0.1:${ports.keyward}`)
      .replaceAll('127.0.0.1:8788', `127.0.0.1:${ports.api}`)
      .replaceAll('keyward.example.com', `localhost:${ports.keyward}`)
      .replaceAll('env_01', environmentId)
      .replaceAll(`/etc/${program.name}`, folder)
  for (const [path, text] of Object.entries({ ...documented, ...program.files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), place(text))
  }
  const child = spawn(program.name, program.arguments(folder), {
    cwd: folder,
    env: { ...env, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const closed = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    await closed
    rmSync(folder, { recursive: true, force: true })
  }
  if (await listens(child, ports.listen)) return { url: `http://127.0.0.1:${ports.listen}`, stop }
  await stop()
  throw new Error(`${program.name} does not listen on port ${ports.listen}:\n${output}`)
}

async function listens(proxy: ChildProcess, port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && proxy.exitCode === null; attempt += 1) {
    if (await accepts(port)) return true
    await setTimeout(50)
  }
  return false
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
