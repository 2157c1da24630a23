// What an isolate's memory costs when its cache is full: the same V8, the same cache, records of the usual size.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { VerificationRecord } from '../src/core/policy.ts'
import { bytesOf, type CachedRecord, MAX_BYTES, RecordCache } from '../src/edge/record-cache.ts'
import { printTable } from './table.ts'

const MIB = 1024 * 1024
const MAX_RECORDS = 100_000

export function benchMemory(): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  const before = process.memoryUsage().heapUsed

  const cache = new RecordCache<VerificationRecord>({ maxSize: Number.MAX_SAFE_INTEGER })
  for (let n = 0; n < MAX_RECORDS; n += 1) cache.keep(aCachedRecord(n))
  collect()
  const used = process.memoryUsage().heapUsed - before

  const capacity = Math.floor(MAX_BYTES / aCachedRecord(0).bytes)
  printTable(
    `Memory of ${MAX_RECORDS} records; a Worker keeps ${MAX_BYTES / MIB} MiB of them, about ${capacity}`,
    ['records', 'MiB', 'bytes each', 'reckoned bytes each'],
    [[String(cache.size), (used / MIB).toFixed(1), (used / cache.size).toFixed(0), String(aCachedRecord(0).bytes)]],
  )
}

/** As JSON.parse of D1's answer makes it: no text is shared between two records. */
function aCachedRecord(n: number): CachedRecord<VerificationRecord> {
  const id = String(n).padStart(26, '0')
  const prefix = String(n).padStart(8, '0')
  const cached = JSON.parse(
    JSON.stringify({
      id: String(n).padStart(64, 'a'),
      keyId: `key_${id}`,
      revision: 1,
      environmentId: `env_${id}`,
      environmentRevision: 1,
      issuedAt: 1_795_262_400_000 + n,
      maxStalenessMs: 5000,
      graceSeconds: 0,
      revokedSince: null,
      record: {
        keyId: `key_${id}`,
        name: `nightly-report-${n}`,
        prefix,
        projectId: `proj_${id}`,
        environment: { id: `env_${id}`, name: 'Production', tag: 'production' },
        scopes: ['read', 'write'],
        enabled: true,
        ownerId: `customer-${n}`,
        metadata: { team: 'billing' },
        expiresAt: null,
        secretExpiresAt: null,
        revokedAt: null,
        lastUsedAt: 1_795_262_400_000 + n,
      },
    }),
  )
  return { ...cached, bytes: bytesOf(cached.record) }
}
