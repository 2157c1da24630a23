// /docs: the API reference. It runs a large third-party script, so the page is sandboxed into an origin of its own:
// otherwise the script could act with the console's session. It calls the API with the token that its reader types in.
import { Hono } from 'hono'
import type { AppEnv } from '../http/app-env.ts'
import { assetPath } from '../http/page-parts.tsx'
import { Document, SiteHeader } from './layout.tsx'

export const docsPages = new Hono<AppEnv>()

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

const START = `
const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
SwaggerUIBundle(${JSON.stringify({
  dom_id: '#reference',
  url: '/openapi.json',
  docExpansion: 'none',
  defaultModelsExpandDepth: -1,
  defaultModelExpandDepth: 3,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  persistAuthorization: false,
})})`

docsPages.get('/docs', (c) => {
  const nonce = crypto.randomUUID()
  const { origin } = new URL(c.req.url)
  const { assetVersion } = c.var.deps
  const policy = [
    // allow-forms: the script listens for forms that are sent; none is sent anywhere (form-action).
    'sandbox allow-scripts allow-forms',
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    // The sandbox has no origin of its own, so 'self' would match nothing.
    `style-src ${origin} 'unsafe-inline'`,
    `img-src ${origin} data:`,
    `connect-src ${origin}/openapi.json ${origin}/v1/ ${origin}/oauth2/ ${origin}/healthz ${origin}/.well-known/`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return c.html(
    <Document
      title="API reference"
      assetVersion={assetVersion}
      head={<link rel="stylesheet" href={assetPath(assetVersion, 'vendor/api-reference.css')} />}
    >
      <SiteHeader />
      <noscript>
        <p class="text-page">
          The API reference needs JavaScript. The OpenAPI document is at <a href="/openapi.json">/openapi.json</a>.
        </p>
      </noscript>
      <main id="reference" />
      <script nonce={nonce} dangerouslySetInnerHTML={{ __html: MEMORY_STORAGE }} />
      <script nonce={nonce} src={assetPath(assetVersion, 'vendor/api-reference.js')} />
      <script nonce={nonce} dangerouslySetInnerHTML={{ __html: START }} />
    </Document>,
    200,
    { 'Content-Security-Policy': policy },
  )
})
