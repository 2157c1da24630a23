// The README's commands, pasted whole into a shell in their order, and what comes back compared with what the README shows.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { root } from '../support/running-server.ts'

type Block = { language: string; text: string }

/** `.ci/run` does the first; the second needs an account. */
const NOT_RUN = ['npm install && npm run dev\n', 'npx wrangler login\n']

const BLOCKS: Block[] = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text }),
)
const COMMANDS = BLOCKS.flatMap((block, index) => {
  const next = BLOCKS[index + 1]
  const isRun = block.language === 'sh' && !NOT_RUN.some((start) => block.text.startsWith(start))
  return isRun ? [{ text: block.text, shown: next?.language === 'text' ? next.text : '' }] : []
})

/** `…` stands for whatever is different each time. */
const patternOf = (shown: string) =>
  new RegExp(
    `^${shown
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('[^\\n]+?')}$`,
  )

function paste(shell: string): { output: string[]; errors: string } {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  copyFileSync(join(root, '.dev.vars'), join(folder, '.dev.vars'))
  const { url, upstreamUrl } = inject('server')
  const script = COMMANDS.map(({ text }) => text)
    .join(`echo '${BREAK}'\n`)
    .replaceAll('http://localhost:8787', url)
    .replaceAll('http://localhost:8788', upstreamUrl)
  const { stdout, stderr } = spawnSync(shell, { cwd: folder, input: script, encoding: 'utf8' })
  return { output: stdout.split(`${BREAK}\n`), errors: stderr }
}

const BREAK = '--- the next block ---'

describe('the README', () => {
  it('has commands to run, and two blocks that are not', () => {
    expect(COMMANDS.length).toBeGreaterThanOrEqual(6)
    expect(BLOCKS.filter(({ language }) => language === 'sh')).toHaveLength(COMMANDS.length + NOT_RUN.length)
  })

  it.each(['bash', 'sh'])('does in %s what it says', (shell) => {
    const { output, errors } = paste(shell)

    expect(errors).toBe('')
    for (const [index, { text, shown }] of COMMANDS.entries()) expect(output[index], text).toMatch(patternOf(shown))
  })
})
