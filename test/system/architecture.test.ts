import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const MAP = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')

/** `src/edge/ledger.ts`, and the name of a function beside it: `` `src/edge/ledger.ts` `record` ``. */
const PATHS = [...MAP.matchAll(/`((?:src|migrations|test|simulate|bench|examples)(?:\/[\w./-]+)?)`(?: `(\w+)`)?/g)]

describe('the map of the code', () => {
  it.each([...new Set(PATHS.map(([, path]) => path))])('names %s, which exists', (path) => {
    expect(existsSync(join(ROOT, path ?? ''))).toBe(true)
  })

  it.each(PATHS.flatMap(([, path, name]) => (name ? [[name, path ?? '']] : [])))('finds %s in %s', (name, path) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toMatch(new RegExp(`\\b(function )?${name}\\b`))
  })

  it('names every folder and file at the top of src', () => {
    const named = new Set(PATHS.map(([, path]) => path))

    expect(readdirSync(join(ROOT, 'src')).filter((name) => !named.has(`src/${name}`))).toEqual([])
  })
})
