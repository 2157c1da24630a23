// The events of the audit log, newest first, with the filters above them.
import { Hono } from 'hono'
import type { AuditEvent } from '../../core/audit.ts'
import { catchNotFound } from '../../core/problem.ts'
import { readAuditLog } from '../../service/audit-log.ts'
import { listEnvironments } from '../../service/environments.ts'
import { listManagementKeys } from '../../service/management-keys.ts'
import { listProjectNames } from '../../service/projects.ts'
import type { Page as ListPage } from '../../store/page.ts'
import { Empty } from '../components/empty.tsx'
import { Faults } from '../components/form.tsx'
import { Pager } from '../components/pager.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { type Form, readQuery, tryForm } from '../form.ts'
import { showPage } from '../page.tsx'
import { readPageRequest } from '../request.ts'
import { Event } from './event.tsx'
import { AUDIT_LOG, EXPORT_FORMATS, formatLogAddress, isFiltered, readFilter } from './filter.ts'
import { type Choosable, Filters } from './filters.tsx'

export const auditLogListPages = new Hono<ConsoleEnv>()

auditLogListPages.get(AUDIT_LOG, async (c) => {
  const form = readQuery(c)
  const { deps, caller } = c.var
  const found = await tryForm(() => readAuditLog(deps, caller, readFilter(form), readPageRequest(c)))
  const problem = found.done ? null : found.problem
  return showPage(c, {
    title: 'Audit log',
    section: 'audit-log',
    ...(found.done ? { actions: <Exports form={form} /> } : { status: found.status }),
    content: (
      <>
        <Faults problem={problem} />
        <Filters form={form} problem={problem} choosable={await listChoosable(c, form)} />
        {found.done && <Events form={form} found={found.value} isFurther={readPageRequest(c).cursor !== null} />}
      </>
    ),
  })
})

const Exports = ({ form }: { form: Form }) => (
  <>
    {EXPORT_FORMATS.map((format) => (
      <a class="button" href={formatLogAddress(form, { path: `${AUDIT_LOG}/export.${format}` })} download>
        Export {format.toUpperCase()}
      </a>
    ))}
  </>
)

type EventsProps = { form: Form; found: ListPage<AuditEvent>; isFurther: boolean }

const Events = ({ form, found: { items, nextCursor }, isFurther }: EventsProps) => (
  <>
    {items.length === 0 ? (
      <Empty title={isFiltered(form) ? 'No event matches' : 'No events yet'} icon="list">
        <p>Every change is recorded here: who made it, and how things were before and after.</p>
      </Empty>
    ) : (
      <ol class="audit-events">
        {items.map((event) => (
          <Event event={event} linkTo={(changed) => formatLogAddress(form, { changed })} />
        ))}
      </ol>
    )}
    <Pager href={formatLogAddress(form)} nextCursor={nextCursor} isFurther={isFurther} />
  </>
)

/** What the filters offer to choose from. */
async function listChoosable(c: ConsoleContext, form: Form): Promise<Choosable> {
  const { deps, caller } = c.var
  const projectId = form.text('projectId')
  const [projects, managementKeys, environments] = await Promise.all([
    listProjectNames(deps, caller, MOST),
    listManagementKeys(deps, caller, MOST),
    projectId === '' ? null : catchNotFound(listEnvironments(deps, caller, projectId, MOST)),
  ])
  return { projects: projects.items, managementKeys: managementKeys.items, environments: environments?.items ?? [] }
}

/** Enough to choose from. Where there are more, an id can still be filtered by: pages of the log link to it. */
const MOST = { limit: 100, cursor: null }
