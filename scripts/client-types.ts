// `npm run client:types`: writes the client's types from the OpenAPI document of this very Worker, which it starts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unstable_startWorker } from 'wrangler'
import { clientTypesOf } from './client-types-of.ts'
import { readFlags } from './flags.ts'
import { projectRoot } from './wrangler.ts'

const USAGE = `
Usage: npm run client:types -- [flags]

Writes the types of the client, packages/keyward/src/openapi.ts, from the OpenAPI document of this Worker, which it starts.

  --from URL   ask a Worker that runs already
  --to FILE    write another file
  --help       this text
`

const flags = readFlags(USAGE, { from: { type: 'string' }, to: { type: 'string' } })
const file = flags.to ?? join(projectRoot, 'packages', 'keyward', 'src', 'openapi.ts')
const document = flags.from === undefined ? await documentOfThisWorker() : await readDocument(await fetch(flags.from))
writeFileSync(file, await clientTypesOf(document))
console.log(`Wrote ${file}`)

async function documentOfThisWorker(): Promise<object> {
  // The Worker needs nothing of the network.
  process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ??= 'false'
  const storage = mkdtempSync(join(tmpdir(), 'keyward-'))
  const worker = await unstable_startWorker({
    config: join(projectRoot, 'wrangler.toml'),
    // The document is the same for every root key, but without one the Worker answers nothing.
    bindings: { ROOT_KEY: { type: 'plain_text', value: crypto.randomUUID() } },
    dev: { server: { port: 0 }, inspector: false, persist: storage, logLevel: 'error' },
  })
  try {
    return await readDocument(await worker.fetch('http://localhost/openapi.json'))
  } finally {
    await worker.dispose()
    rmSync(storage, { recursive: true, force: true })
  }
}

async function readDocument(response: { json(): Promise<unknown> }): Promise<object> {
  return Object(await response.json())
}
