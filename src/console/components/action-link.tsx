// Links that look like buttons, to pages where something is done.
import type { Child } from 'hono/jsx'
import { Icon, type IconName } from './icon.tsx'

type ActionLinkProps = {
  href: string
  /** Opens the page in the dialog where there is script. */
  dialog?: boolean
  primary?: boolean
  danger?: boolean
  icon?: IconName
  children?: Child
}

export const ActionLink = ({ href, dialog, primary, danger, icon, children }: ActionLinkProps) => (
  <a
    class={`button${primary ? ' is-primary' : ''}${danger ? ' is-warned' : ''}`}
    href={href}
    {...(dialog ? { 'data-dialog': '' } : {})}
  >
    {icon && <Icon name={icon} />}
    <span>{children}</span>
  </a>
)
