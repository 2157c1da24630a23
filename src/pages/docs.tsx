// /docs: the API reference. It runs a large third-party script, so the page is sandboxed into an origin of its own:
// otherwise the script could act with the console's session.
import { Hono } from 'hono'
import type { AppEnv } from '../http/app-env.ts'
import { Document } from './layout.tsx'

export const docsPages = new Hono<AppEnv>()

const SCRIPT = '/vendor/api-reference.js'
const CONFIGURATION = {
  withDefaultFonts: false,
  telemetry: false,
  hideTestRequestButton: true,
  hideClientButton: true,
  documentDownloadType: 'none',
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
}

/** A sandboxed page has no storage, and the script fails without: it gets one that is kept in memory only. */
const MEMORY_STORAGE = `
for (const name of ['localStorage', 'sessionStorage']) {
  const items = new Map()
  Object.defineProperty(window, name, { value: {
    getItem: (key) => items.get(String(key)) ?? null,
    setItem: (key, value) => void items.set(String(key), String(value)),
    removeItem: (key) => void items.delete(String(key)),
    clear: () => items.clear(),
    key: (index) => [...items.keys()][index] ?? null,
    get length() { return items.size },
  } })
}`

docsPages.get('/docs', (c) => {
  const nonce = crypto.randomUUID()
  const policy = [
    'sandbox allow-scripts',
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    `connect-src ${new URL(c.req.url).origin}/openapi.json`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  const start = `Scalar.createApiReference('#reference', ${JSON.stringify({ url: '/openapi.json', ...CONFIGURATION })})`
  return c.html(
    <Document title="API reference">
      <noscript>
        The API reference needs JavaScript. The OpenAPI document is at <a href="/openapi.json">/openapi.json</a>.
      </noscript>
      <div id="reference" />
      <script nonce={nonce} dangerouslySetInnerHTML={{ __html: MEMORY_STORAGE }} />
      <script nonce={nonce} src={SCRIPT} />
      <script nonce={nonce} dangerouslySetInnerHTML={{ __html: start }} />
    </Document>,
    200,
    { 'Content-Security-Policy': policy },
  )
})
