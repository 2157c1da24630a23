// The table of clauses names tests that are there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const ROWS = readFileSync(join(ROOT, 'docs', 'conformance.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (clause|---)/.test(line))
const NAMED = ROWS.map((row): [string, string, string] => {
  const [, file = '', name = ''] = /`(test\/[^`]+)` “([^”]+)” \|$/.exec(row) ?? []
  return [row.split(' | ')[0] ?? row, file, name]
})

describe('docs/conformance.md', () => {
  it('has rows', () => {
    expect(NAMED.length).toBeGreaterThan(50)
  })

  it.each(NAMED)('names for “%s” a test of %s: %s', (_, file, name) => {
    expect(file).not.toBe('')
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(name)
  })
})
