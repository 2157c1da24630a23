// The pages of the audit log: to read it by any filter, and to take what was found along as a file.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { catchNotFound, type Problem } from '../core/problem.ts'
import { readAuditLog, walkAuditLog } from '../service/audit-log.ts'
import { listEnvironments } from '../service/environments.ts'
import { listManagementKeys } from '../service/management-keys.ts'
import { listProjectNames } from '../service/projects.ts'
import { Event } from './audit-log/event.tsx'
import { FORMATS, streamExport } from './audit-log/export.ts'
import { filterIn, filterSchema, withFilter } from './audit-log/filter.ts'
import { type Choosable, Filters, isNarrowed } from './audit-log/filters.tsx'
import { Empty } from './components/empty.tsx'
import { Faults } from './components/field.tsx'
import { Pager } from './components/pager.tsx'
import type { ConsoleContext, ConsoleEnv } from './console-env.ts'
import { type Form, parseWith, readQuery, tryForm } from './form.ts'
import { type PageStatus, page } from './page.tsx'
import { pageRequest } from './page-request.ts'

export const auditPages = new Hono<ConsoleEnv>()

const PATH = '/console/audit-log'

auditPages.get(PATH, async (c) => {
  const form = readQuery(c)
  const request = pageRequest(c)
  const found = await tryForm(async () =>
    readAuditLog(c.var.deps, c.var.caller, parseWith(filterSchema, filterIn(form)), request),
  )
  if (!found.done) return logPage(c, form, { problem: found.problem }, null, found.status)
  const { items, nextCursor } = found.value
  return logPage(
    c,
    form,
    { problem: null },
    <>
      {items.length === 0 ? (
        <Empty title={isNarrowed(form) ? 'Nothing matches' : 'Nothing happened yet'} icon="list">
          <p>Every change is recorded here with who made it, and how things were before and after.</p>
        </Empty>
      ) : (
        <ol class="audit-events">
          {items.map((event) => (
            <Event event={event} linkTo={(changed) => withFilter(PATH, form, changed)} />
          ))}
        </ol>
      )}
      <Pager href={withFilter(PATH, form)} nextCursor={nextCursor} isFurther={request.cursor !== null} />
    </>,
  )
})

for (const format of FORMATS) {
  auditPages.get(`${PATH}/export.${format}`, async (c) => {
    const filter = parseWith(filterSchema, filterIn(readQuery(c)))
    return streamExport(walkAuditLog(c.var.deps, c.var.caller, filter), format)
  })
}

async function logPage(
  c: ConsoleContext,
  form: Form,
  { problem }: { problem: Problem | null },
  content: Child,
  status: PageStatus = 200,
) {
  return page(
    c,
    { title: 'Audit log', section: 'audit-log', actions: problem === null && <Exports form={form} /> },
    <>
      <Faults problem={problem} />
      <Filters form={form} problem={problem} choosable={await choosableBy(c, form)} />
      {content}
    </>,
    status,
  )
}

const Exports = ({ form }: { form: Form }) => (
  <>
    {FORMATS.map((format) => (
      <a class="button" href={withFilter(`${PATH}/export.${format}`, form)} download>
        Export {format === 'csv' ? 'CSV' : 'NDJSON'}
      </a>
    ))}
  </>
)

async function choosableBy(c: ConsoleContext, form: Form): Promise<Choosable> {
  const { deps, caller } = c.var
  const projectId = form.text('projectId')
  const [projects, managementKeys, environments] = await Promise.all([
    listProjectNames(deps, caller, MANY),
    listManagementKeys(deps, caller, MANY),
    projectId === '' ? null : catchNotFound(listEnvironments(deps, caller, projectId, MANY)),
  ])
  return { projects: projects.items, managementKeys: managementKeys.items, environments: environments?.items ?? [] }
}

/** More than this are typed or pasted, not chosen. */
const MANY = { limit: 100, cursor: null }
