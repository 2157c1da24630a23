// The tabs of an environment, one for each section a role may see.
import { type Actor, mayUse, type Right } from '../core/actor.ts'
import type { Environment } from '../core/environment.ts'
import { EnvironmentTag } from './components/text.tsx'

export type TabName = 'keys' | 'credentials' | 'routes' | 'rerank-controls' | 'settings'

export const pathOfTab = ({ id }: Pick<Environment, 'id'>, tab: TabName): string =>
  `/console/environments/${encodeURIComponent(id)}/${tab}`

type TabsProps = { environment: Environment; current: TabName; actor: Actor }

export const EnvironmentTabs = ({ environment, current, actor }: TabsProps) => (
  <div class="environment-bar">
    <nav class="tabs" aria-label="Environment">
      <ul>
        {TABS.filter(({ right }) => mayUse(actor, right)).map(({ name, text }) => (
          <li class={name === current ? 'is-active' : ''}>
            <a href={pathOfTab(environment, name)} {...(name === current ? { 'aria-current': 'page' } : {})}>
              {text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
    <EnvironmentTag tag={environment.tag} />
  </div>
)

const TABS: { name: TabName; text: string; right: Right }[] = [
  { name: 'keys', text: 'API keys', right: 'keys' },
  { name: 'credentials', text: 'SDK credentials', right: 'keys' },
  { name: 'routes', text: 'Routes', right: 'front_door' },
  { name: 'rerank-controls', text: 'Rerank controls', right: 'front_door' },
  { name: 'settings', text: 'Settings', right: 'environments.read' },
]
