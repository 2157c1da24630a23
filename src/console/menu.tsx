// The menu at the side: links to what the role may see, who is signed in, the theme, and signing out.
import { type Actor, mayUse } from '../core/actor.ts'
import { Logo } from '../http/page-parts.tsx'
import { Icon, type IconName } from './components/icon.tsx'
import { Name } from './components/text.tsx'
import { type Preferences, THEMES, type Theme } from './cookies.ts'

export type Section = 'projects' | 'audit-log' | 'management-keys'

type MenuProps = { actor: Actor; section: Section | undefined; preferences: Preferences; path: string }

export const Menu = ({ actor, section, preferences, path }: MenuProps) => (
  <aside id="menu" class="sidebar" popover="auto" aria-label="Menu">
    <div class="sidebar-head">
      <Wordmark />
      <CollapseButton sidebar={preferences.sidebar} path={path} />
    </div>
    <nav aria-label="Main">
      <ul class="sidebar-links">
        {LINKS.filter(({ right }) => mayUse(actor, right)).map(({ section: own, href, text, icon }) => (
          <li>
            <a href={href} title={text} {...(own === section ? { 'aria-current': 'page' } : {})}>
              <Icon name={icon} />
              <span class="sidebar-label">{text}</span>
            </a>
          </li>
        ))}
        <li>
          <a href="/docs" title="API reference">
            <Icon name="book" />
            <span class="sidebar-label">API reference</span>
          </a>
        </li>
      </ul>
    </nav>
    <div class="sidebar-foot">
      <ThemeChoice theme={preferences.theme} path={path} />
      <div class="who" title={`${actor.name} (${actor.role})`}>
        <Icon name="person" />
        <span class="sidebar-label">
          <Name>{actor.name}</Name>
          <small>{actor.role}</small>
        </span>
      </div>
      <form method="post" action="/console/sign-out" data-plain>
        <button class="sidebar-button" type="submit" title="Sign out">
          <Icon name="leave" />
          <span class="sidebar-label">Sign out</span>
        </button>
      </form>
    </div>
  </aside>
)

export const Wordmark = () => (
  <a class="wordmark" href="/console/projects" title="Keyward">
    <Logo />
    <span class="sidebar-label">Keyward</span>
  </a>
)

const CollapseButton = ({ sidebar, path }: { sidebar: Preferences['sidebar']; path: string }) => (
  <form class="collapse" method="post" action="/console/preferences" data-preference="sidebar">
    <input type="hidden" name="back" value={path} />
    <button
      class="sidebar-button"
      type="submit"
      name="sidebar"
      value={sidebar === 'open' ? 'collapsed' : 'open'}
      aria-expanded={sidebar === 'open' ? 'true' : 'false'}
      aria-controls="menu"
      aria-label="Wide menu"
      title="Collapse or widen the menu"
    >
      <Icon name="chevron" />
    </button>
  </form>
)

export const ThemeChoice = ({ theme, path }: { theme: Theme; path: string }) => (
  <form method="post" action="/console/preferences" data-preference="theme">
    <input type="hidden" name="back" value={path} />
    <fieldset class="theme-choice">
      <legend class="sr-only">Theme</legend>
      {THEMES.map((name) => (
        <button
          type="submit"
          name="theme"
          value={name}
          aria-pressed={name === theme ? 'true' : 'false'}
          aria-label={THEME_LABELS[name]}
          title={THEME_LABELS[name]}
        >
          <Icon name={name} />
        </button>
      ))}
    </fieldset>
  </form>
)

const THEME_LABELS: Record<Theme, string> = {
  system: 'System theme',
  light: 'Light theme',
  dark: 'Dark theme',
}

const LINKS: { section: Section; href: string; text: string; icon: IconName; right: Parameters<typeof mayUse>[1] }[] = [
  { section: 'projects', href: '/console/projects', text: 'Projects', icon: 'folder', right: 'environments.read' },
  { section: 'audit-log', href: '/console/audit-log', text: 'Audit log', icon: 'list', right: 'audit' },
  {
    section: 'management-keys',
    href: '/console/management-keys',
    text: 'Management keys',
    icon: 'key',
    right: 'management_keys',
  },
]
