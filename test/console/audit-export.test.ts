import { describe, expect, it } from 'vitest'
import { streamExport } from '../../src/console/audit-log/export.ts'
import type { AuditEvent } from '../../src/core/audit.ts'
import { NOON } from '../support/factory.ts'

const anEvent = (given: Partial<AuditEvent> = {}): AuditEvent => ({
  id: 'evt_1',
  at: NOON,
  actor: { type: 'management_key', id: 'mk_1', name: 'Mia' },
  action: 'key.created',
  projectId: 'proj_1',
  environmentId: null,
  keyId: 'key_1',
  managementKeyId: null,
  before: null,
  after: { name: 'a "b", c', expiresAt: NOON },
  requestId: 'request',
  address: null,
  ...given,
})

async function* pagesOf(...pages: (AuditEvent[] | Error)[]): AsyncGenerator<AuditEvent[], void> {
  for (const page of pages) {
    if (page instanceof Error) throw page
    yield page
  }
}

describe('the audit log as a file', () => {
  it('is CSV with a head, a record for each event, and JSON in one cell', async () => {
    const response = await streamExport(pagesOf([anEvent()], [anEvent({ id: 'evt_2', after: null })]), 'csv')

    expect(await response.text()).toBe(
      [
        'id,at,actorType,actorId,actorName,action,projectId,environmentId,keyId,managementKeyId,before,after,requestId,address',
        `evt_1,2026-11-21T12:00:00.000Z,management_key,mk_1,Mia,key.created,proj_1,,key_1,,,"{""name"":""a \\""b\\"", c"",""expiresAt"":""2026-11-21T12:00:00.000Z""}",request,`,
        'evt_2,2026-11-21T12:00:00.000Z,management_key,mk_1,Mia,key.created,proj_1,,key_1,,,,request,',
        '',
      ].join('\r\n'),
    )
  })

  it('is NDJSON of the same events as the API gives', async () => {
    const response = await streamExport(pagesOf([anEvent()], [anEvent({ id: 'evt_2' })]), 'ndjson')

    const lines = (await response.text()).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(['evt_1', 'evt_2'])
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ at: '2026-11-21T12:00:00.000Z', after: { name: 'a "b", c' } })
  })

  it('keeps an actor whose name is a formula from being reckoned with', async () => {
    const actor = { type: 'management_key', id: 'mk_1', name: '=HYPERLINK("https://evil.example")' }

    const text = await (await streamExport(pagesOf([anEvent({ actor })]), 'csv')).text()

    expect(text).toContain(`"'=HYPERLINK(""https://evil.example"")"`)
  })

  it('is refused as a whole when it cannot be begun', async () => {
    await expect(streamExport(pagesOf(new Error('no database')), 'csv')).rejects.toThrow('no database')
  })

  it('breaks off when a later page cannot be read, so that nobody takes it for complete', async () => {
    const response = await streamExport(pagesOf([anEvent()], new Error('no database')), 'csv')

    await expect(response.text()).rejects.toThrow()
  })

  it('reads no further when nobody takes it any more', async () => {
    let isEnded = false
    async function* pages(): AsyncGenerator<AuditEvent[], void> {
      try {
        for (;;) yield [anEvent()]
      } finally {
        isEnded = true
      }
    }
    const response = await streamExport(pages(), 'ndjson')

    await response.body?.cancel()

    expect(isEnded).toBe(true)
  })
})
