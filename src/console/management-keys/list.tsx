// The list of management keys, which open this console and the management API.
import { Hono } from 'hono'
import { listManagementKeys } from '../../service/management-keys.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Pager } from '../components/pager.tsx'
import type { ConsoleEnv } from '../console-env.ts'
import { showPage } from '../page.tsx'
import { readPageRequest } from '../request.ts'
import { MANAGEMENT_KEYS, ManagementKeyTable } from './table.tsx'

export const managementKeyListPages = new Hono<ConsoleEnv>()

managementKeyListPages.get(MANAGEMENT_KEYS.href, async (c) => {
  const request = readPageRequest(c)
  const { items, nextCursor } = await listManagementKeys(c.var.deps, c.var.caller, request)
  return showPage(c, {
    title: 'Management keys',
    section: 'management-keys',
    actions: (
      <ActionLink href={`${MANAGEMENT_KEYS.href}/new`} dialog primary icon="plus">
        New management key
      </ActionLink>
    ),
    content: (
      <>
        <p class="lead">
          Management keys open this console and the management API. The root key is not listed: it is a secret of the
          Worker.
        </p>
        <ManagementKeyTable keys={items} />
        <Pager href={MANAGEMENT_KEYS.href} nextCursor={nextCursor} isFurther={request.cursor !== null} />
      </>
    ),
  })
})
