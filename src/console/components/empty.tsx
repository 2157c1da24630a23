// In place of an empty list: what would be in it, and how to create the first.
import type { Child } from 'hono/jsx'
import { Icon, type IconName } from './icon.tsx'

type EmptyProps = { title: string; icon: IconName; action?: Child; children?: Child }

export const Empty = ({ title, icon, action, children }: EmptyProps) => (
  <section class="empty">
    <div class="empty-icon">
      <Icon name={icon} />
    </div>
    <h2 class="title is-5">{title}</h2>
    {action && <p class="empty-action">{action}</p>}
    {children}
  </section>
)
