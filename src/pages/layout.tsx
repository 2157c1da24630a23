// The layout of the plain pages. It loads nothing, and runs no script.
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
body { max-width: 42rem; margin: 4rem auto; padding: 0 1.25rem }
code { font: 0.9em ui-monospace, monospace; padding: 0.1em 0.3em; border-radius: 0.25em; background: color-mix(in srgb, currentColor 10%, transparent) }
h1 { line-height: 1.25 } dt { font-weight: 600; margin-top: 1rem } dd { margin: 0 }
`

/** A whole document: `children` is the content of its body. */
export const Document = ({ title, head, children }: { title: string; head?: Child; children: Child }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title} · Keyward</title>
        {head}
      </head>
      <body>{children}</body>
    </html>
  </>
)

/** A page of text. */
export const Page = ({ title, children }: { title: string; children: Child }) => (
  <Document title={title} head={<style dangerouslySetInnerHTML={{ __html: STYLE }} />}>
    <main>{children}</main>
  </Document>
)
