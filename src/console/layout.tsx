// What every page has: skip link, menu, breadcrumbs, title, message, and the dialog.
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { Actor } from '../core/actor.ts'
import { assetPath } from '../http/page-parts.tsx'
import { Name, plainName } from './components/text.tsx'
import type { Preferences } from './cookies.ts'
import { Menu, type Section, ThemeChoice, Wordmark } from './menu.tsx'

export type Crumb = { href: string; text: string }

export type PageHead = {
  title: string
  /** The pages above this one, outermost first. */
  crumbs?: readonly Crumb[]
  section?: Section
  /** Buttons beside the title. */
  actions?: Child
  /** For a form or a text, which is easier to read when it is not as wide as the screen. */
  narrow?: boolean
}

type LayoutProps = PageHead & {
  /** Null before sign-in: then there is no menu. */
  actor: Actor | null
  nonce: string
  assetVersion: string
  path: string
  preferences: Preferences
  message: string | null
  children?: Child
}

export const Layout = (props: LayoutProps) => (
  <>
    {raw('<!doctype html>')}
    <html
      lang="en"
      {...(props.preferences.theme === 'system' ? {} : { 'data-theme': props.preferences.theme })}
      data-sidebar={props.preferences.sidebar}
    >
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${plainName(props.title)} · Keyward`}</title>
        <link rel="icon" href={assetPath(props.assetVersion, 'console/icon.svg')} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath(props.assetVersion, 'vendor/console.css')} />
        <script type="module" nonce={props.nonce} src={assetPath(props.assetVersion, 'console/console.js')} />
      </head>
      <body id="console">
        {props.actor === null ? <Outside {...props} /> : <Inside {...props} actor={props.actor} />}
      </body>
    </html>
  </>
)

const Inside = ({ children, ...props }: LayoutProps & { actor: Actor }) => (
  <>
    <a class="skip-link" href="#content">
      Skip to the content
    </a>
    <div class="shell">
      <header class="topbar">
        <Wordmark />
        <button class="button is-ghost icon-button" type="button" popovertarget="menu" aria-label="Menu">
          <svg class="icon-svg" viewBox="0 0 20 20" aria-hidden="true">
            <path d="M3 5h14M3 10h14M3 15h14" />
          </svg>
        </button>
      </header>
      <Menu actor={props.actor} section={props.section} preferences={props.preferences} path={props.path} />
      <main id="content" tabindex={-1} class={props.narrow ? 'content-area is-narrow' : 'content-area'}>
        <Crumbs crumbs={props.crumbs ?? []} title={props.title} />
        <div class="page-head">
          <h1 class="title is-3">
            <Name>{props.title}</Name>
          </h1>
          {props.actions && <div class="page-actions">{props.actions}</div>}
        </div>
        <Message text={props.message} />
        {children}
      </main>
    </div>
    <dialog id="dialog" aria-labelledby="dialog-title">
      <div class="dialog-body" data-dialog-body />
      <div class="sr-only" data-live role="status" aria-live="polite" />
    </dialog>
    <div class="sr-only" data-live role="status" aria-live="polite" />
  </>
)

const Outside = ({ children, title, path, preferences, message }: LayoutProps) => (
  <main id="content" class="outside">
    <div class="outside-panel">
      <Wordmark />
      <h1 class="title is-4">{title}</h1>
      <Message text={message} />
      {children}
    </div>
    <ThemeChoice theme={preferences.theme} path={path} />
  </main>
)

const Crumbs = ({ crumbs, title }: { crumbs: readonly Crumb[]; title: string }) =>
  crumbs.length > 0 && (
    <nav class="breadcrumb" aria-label="Breadcrumb">
      <ol>
        {crumbs.map(({ href, text }) => (
          <li>
            <a href={href}>
              <Name>{text}</Name>
            </a>
          </li>
        ))}
        <li class="is-active">
          <span aria-current="page">
            <Name>{title}</Name>
          </span>
        </li>
      </ol>
    </nav>
  )

const Message = ({ text }: { text: string | null }) =>
  text !== null && (
    <div class="notification is-success is-light" role="status">
      <Name>{text}</Name>
    </div>
  )
