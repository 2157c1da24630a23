// Every link of the documentation that stays in the repository leads to a file, and to a heading of it where it names one.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/running-server.ts'

const PAGES = ['README.md', 'CONTRIBUTING.md', ...globSync('{docs,examples,packages/keyward}/**/*.md', { cwd: root })]
  .filter((page) => !page.includes('node_modules'))
  .sort()

const proseOf = (page: string) => readFileSync(join(root, page), 'utf8').replaceAll(/^```[\s\S]*?^```$/gm, '')

/** As GitHub makes them of headings. */
const anchorsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  )

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? join(root, page) : resolve(join(root, dirname(page)), decodeURIComponent(path))
  if (!existsSync(target)) return true
  return anchor !== undefined && statSync(target).isFile() && !anchorsOf(target).includes(anchor)
}

describe('the documentation', () => {
  it.each(PAGES)('%s has no broken link', (page) => {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const broken = links.filter((link) => !/^[a-z]+:/.test(link) && isBroken(page, link))

    expect(broken).toEqual([])
  })

  it('lists every page of docs in its index', () => {
    const index = proseOf('docs/README.md')
    const pages = globSync('*.md', { cwd: join(root, 'docs') }).filter((page) => page !== 'README.md')

    expect(pages.filter((page) => !index.includes(`](${page})`))).toEqual([])
  })
})
