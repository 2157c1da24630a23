// A running Keyward, as the scripts call it: where it is, its root key, and the management API.
import { localRootKey } from './root-key.ts'

export const SERVER_FLAGS = { url: { type: 'string' }, upstream: { type: 'string' } } as const

export const SERVER_USAGE = `
  --url URL        the Keyward to talk to; KEYWARD_URL or http://localhost:8787 unless given
  --upstream URL   the example API; on the port after Keyward's unless given
  --help           this text

The root key is the environment variable ROOT_KEY, or the ROOT_KEY of .dev.vars.`

export type ManagementApi = {
  server: string
  upstream: string
  /** Calls the API as an admin. @throws {ApiError} for anything but success */
  manage<T>(method: string, path: string, body?: object): Promise<T>
}

/** An answer that is no success. The message says what was asked and what came back; it holds no credential. */
export class ApiError extends Error {
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

/** The API that the flags and the environment name. Ends the process where there is no root key. */
export function connect(flags: { url?: string | undefined; upstream?: string | undefined }): ManagementApi {
  const server = flags.url ?? process.env['KEYWARD_URL'] ?? 'http://localhost:8787'
  if (!URL.canParse(server)) endWith(`--url must be a URL such as http://localhost:8787, and is ${server}.`)
  const rootKey = localRootKey()
  if (rootKey === null) endWith('No ROOT_KEY: start `npm run dev` first, or set ROOT_KEY.')
  return { server, upstream: flags.upstream ?? portAfter(server), manage: callWith(server, rootKey) }
}

/** What to tell somebody whose script failed. */
export function describeFailure(error: unknown, server: string): string {
  if (error instanceof ApiError && error.status === 401) {
    return `The ROOT_KEY is not that of the Keyward at ${server}. Set ROOT_KEY, or start \`npm run dev\` in this folder.`
  }
  if (error instanceof TypeError)
    return `No answer from ${server}. Start Keyward with \`npm run dev\`, or name it with --url.`
  return error instanceof Error ? error.message : String(error)
}

/** Calls the management API of a server with a management key. @throws {ApiError} for anything but success */
export const callWith =
  (server: string | URL, managementKey: string): ManagementApi['manage'] =>
  async (method, path, body) => {
    const response = await fetch(new URL(path, server), {
      method,
      headers: { Authorization: `Bearer ${managementKey}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    if (!response.ok) throw new ApiError(`${method} ${path} answered ${response.status}: ${text}`, response.status)
    return JSON.parse(text || 'null')
  }

function portAfter(address: string): string {
  const url = new URL(address)
  url.port = String(Number(url.port || 8787) + 1)
  return url.origin
}

function endWith(message: string): never {
  console.error(message)
  process.exit(1)
}
