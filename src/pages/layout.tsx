// What the pages outside the console have in common: its look, a line of links, and no script.
import type { Context } from 'hono'
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { AppEnv } from '../http/app-env.ts'
import { assetPath, Logo } from '../http/page-parts.tsx'

/** For pages that load the console's style sheet and icon, and nothing else. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

type PageProps = { title: string; assetVersion: string; children: Child }

/** A whole document: `children` is the content of its body. */
export const Document = ({ title, assetVersion, head, children }: PageProps & { head?: Child }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Keyward`}</title>
        <link rel="icon" href={assetPath(assetVersion, 'console/icon.svg')} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath(assetVersion, 'vendor/console.css')} />
        {head}
      </head>
      <body id="console">{children}</body>
    </html>
  </>
)

/** A page of text under the links that every such page has. */
export const Page = ({ children, ...document }: PageProps) => (
  <Document {...document}>
    <SiteHeader />
    <main class="text-page">
      <h1 class="title is-3">{document.title}</h1>
      {children}
    </main>
  </Document>
)

export const SiteHeader = () => (
  <header class="site-header">
    <a class="wordmark" href="/console">
      <Logo />
      <span>Keyward</span>
    </a>
    <nav aria-label="Pages">
      <a href="/console">Console</a>
      <a href="/docs">API reference</a>
      <a href="/problems">Errors</a>
    </nav>
  </header>
)

/** Sends a page of text. */
export function showTextPage(
  c: Context<AppEnv>,
  { status = 200, ...page }: { title: string; children: Child; status?: 200 | 404 },
): Response | Promise<Response> {
  const { assetVersion } = c.var.deps
  return c.html(<Page {...page} assetVersion={assetVersion} />, status, { 'Content-Security-Policy': PAGE_POLICY })
}
