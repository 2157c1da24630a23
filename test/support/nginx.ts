// A real nginx on loopback, with configuration, logs and temporary files in a folder of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const PROGRAM = 'nginx'
/** Debian keeps it where only root's PATH leads. */
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }

/** Whether there is an nginx on this machine. */
export const hasNginx = () => spawnSync(PROGRAM, ['-v'], { env }).status === 0

export type Nginx = { stop: () => Promise<void> }

/** Starts nginx with these files, of which `http.conf` is the content of the http block; resolves when the port answers. */
export async function startNginx(files: Record<string, string>, port: number): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-nginx-'))
  chmodSync(folder, 0o755) // its workers are another user when root starts it
  for (const [name, text] of Object.entries({ ...files, 'nginx.conf': MAIN })) writeFileSync(join(folder, name), text)

  const errors = join(folder, 'error.log')
  const nginx = spawn(PROGRAM, ['-p', folder, '-c', 'nginx.conf', '-e', errors], { env, stdio: 'inherit' })
  const exited = once(nginx, 'exit')
  const stop = async () => {
    nginx.kill('SIGTERM')
    await exited
    rmSync(folder, { recursive: true, force: true })
  }
  if (await listens(nginx, port)) return { stop }
  const complaint = readFileSync(errors, 'utf8')
  await stop()
  throw new Error(`nginx does not listen on port ${port}:\n${complaint}`)
}

async function listens(nginx: ChildProcess, port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100 && nginx.exitCode === null; attempt += 1) {
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

const MAIN = `
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  include http.conf;
}
`
