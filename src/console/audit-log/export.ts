// The audit log as a file. It is streamed page by page, so memory holds one page however long the log is.
import { Hono } from 'hono'
import type { AuditEvent } from '../../core/audit.ts'
import { toWireEvent } from '../../http/audit-event.ts'
import { formatCsvRecord } from '../../http/csv.ts'
import { walkAuditLog } from '../../service/audit-log.ts'
import type { ConsoleEnv } from '../console-env.ts'
import { readQuery } from '../form.ts'
import { AUDIT_LOG, EXPORT_FORMATS, type ExportFormat, readFilter } from './filter.ts'

export const exportPages = new Hono<ConsoleEnv>()

for (const format of EXPORT_FORMATS) {
  exportPages.get(`${AUDIT_LOG}/export.${format}`, async (c) =>
    streamExport(walkAuditLog(c.var.deps, c.var.caller, readFilter(readQuery(c))), format),
  )
}

/**
 * Sends the file. The first page is read before anything is sent, so that a failure at the start is answered with an error. A
 * later failure breaks the answer off, so that no client takes the file for complete.
 */
export async function streamExport(pages: AsyncGenerator<AuditEvent[], void>, format: ExportFormat): Promise<Response> {
  const first = await pages.next()
  const { type, head, line } = WRITERS[format]
  const encoder = new TextEncoder()
  const write = (events: AuditEvent[]) => encoder.encode(events.map(line).join(''))
  let waiting = first
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(head)),
    async pull(controller) {
      if (waiting.done) return controller.close()
      controller.enqueue(write(waiting.value))
      waiting = await pages.next()
    },
    cancel: async () => {
      await pages.return()
    },
  })
  return new Response(body, {
    headers: {
      'Content-Type': type,
      'Content-Disposition': `attachment; filename="audit-log.${format}"`,
      'X-Content-Type-Options': 'nosniff',
    },
  })
}

const COLUMNS = [
  'id',
  'at',
  'actorType',
  'actorId',
  'actorName',
  'action',
  'projectId',
  'environmentId',
  'keyId',
  'managementKeyId',
  'before',
  'after',
  'requestId',
  'address',
]

const formatJsonLine = (event: AuditEvent): string => `${JSON.stringify(toWireEvent(event))}\n`

function formatRecord(event: AuditEvent): string {
  const { actor, before, after, ...wire } = toWireEvent(event)
  return formatCsvRecord([
    wire.id,
    wire.at,
    actor.type,
    actor.id,
    actor.name,
    wire.action,
    wire.projectId ?? '',
    wire.environmentId ?? '',
    wire.keyId ?? '',
    wire.managementKeyId ?? '',
    before === null ? '' : JSON.stringify(before),
    after === null ? '' : JSON.stringify(after),
    wire.requestId,
    wire.address ?? '',
  ])
}

const WRITERS: Record<ExportFormat, { type: string; head: string; line: (event: AuditEvent) => string }> = {
  csv: { type: 'text/csv; charset=utf-8; header=present', head: formatCsvRecord(COLUMNS), line: formatRecord },
  ndjson: { type: 'application/x-ndjson', head: '', line: formatJsonLine },
}
