import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/running-server.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('the table of data-* attributes in docs/console.md', () => {
  it('has each attribute that the pages, the script or the styles of the console use, and no other', () => {
    const listed = [...read('docs/console.md').matchAll(/^\| `(data-[a-z-]+)` \|/gm)].map(([, name = '']) => name)

    expect(listed).toEqual([...attributesInUse()].sort())
  })
})

function attributesInUse(): Set<string> {
  const sources = globSync(['src/console/**/*.tsx', 'public/console/**/*.{js,css}'], { cwd: root }).map(read)
  const names = sources.flatMap((source) => [
    ...[...source.matchAll(/\bdata-[a-z-]+/g)].map(([name]) => name),
    ...[...source.matchAll(/\bdataset\['([A-Za-z]+)'\]/g)].map(([, name = '']) => `data-${toKebabCase(name)}`),
  ])
  return new Set(names.filter((name) => !NOT_ATTRIBUTES.has(name)))
}

const toKebabCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** `data-api` is the name of a template of scopes; comments speak of `data-*`. */
const NOT_ATTRIBUTES = new Set(['data-api', 'data-'])
