// Links that look like what they are: something to be done.
import type { Child } from 'hono/jsx'
import { Icon, type IconName } from './icon.tsx'

type ActionLinkProps = {
  href: string
  /** The page is a small one, and opens in the dialog where there is script. */
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
