// The audit log as a file, streamed page by page: memory holds one page, however long the log is.
import type { AuditEvent } from '../../core/audit.ts'
import { toWireEvent } from '../../http/audit-event.ts'
import { formatCsvRecord } from '../../http/csv.ts'

export const FORMATS = ['csv', 'ndjson'] as const
export type Format = (typeof FORMATS)[number]

/**
 * The file. The first page is read before anything is sent, so that what cannot be begun is refused as a whole; what
 * breaks later breaks the answer off, and no client takes it for complete.
 */
export async function streamExport(pages: AsyncGenerator<AuditEvent[], void>, format: Format): Promise<Response> {
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

const asJson = (event: AuditEvent): string => `${JSON.stringify(toWireEvent(event))}\n`

function asRecord(event: AuditEvent): string {
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

const WRITERS: Record<Format, { type: string; head: string; line: (event: AuditEvent) => string }> = {
  csv: { type: 'text/csv; charset=utf-8; header=present', head: formatCsvRecord(COLUMNS), line: asRecord },
  ndjson: { type: 'application/x-ndjson', head: '', line: asJson },
}
