// Several wranglers in one terminal: each line says whose it is, and none outlives the others.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { stripVTControlCharacters, styleText } from 'node:util'
import { wranglerBinary } from './wrangler.ts'

export type Started = {
  /** Where it listens; never settles when it does not come that far. */
  url: Promise<string>
  /** Its exit code; 128 and the signal's number where a signal ended it. */
  ended: Promise<number>
}

type Place = {
  cwd?: string
  env?: object
  /** Which lines are shown only if it fails: none unless given. */
  isRoutine?: (line: string, isReady: boolean) => boolean
}

const running = new Map<ChildProcess, Promise<number>>()
let stopping: { by: NodeJS.Signals | null } | null = null

/** Starts wrangler, and shows its output with the name before each line. */
export function start(name: string, args: string[], place: Place = {}): Started {
  const child = spawn(process.execPath, [wranglerBinary, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...COLORS, ...place.env },
    ...(place.cwd ? { cwd: place.cwd } : {}),
  })
  const kept: string[] = []
  const url = new Promise<string>((resolve) => {
    let isReady = false
    const showWith = (print: (line: string) => void) => (line: string) => {
      const text = stripVTControlCharacters(line)
      if (place.isRoutine?.(text, isReady)) keep(kept, line)
      else print(`${label(name)} ${line}`)
      const address = READY.exec(text)?.[1]
      if (address === undefined) return
      isReady = true
      resolve(address)
    }
    eachLine(child.stdout, showWith(console.log))
    eachLine(child.stderr, showWith(console.error))
  })
  const ended = exitCode(child).finally(() => running.delete(child))
  running.set(child, ended)
  ended.then((code) => {
    if (code !== 0 && !isStopping()) for (const line of kept) console.log(`${label(name)} ${line}`)
  })
  return { url, ended }
}

/** Whether everything is being stopped, so that nothing more may be started. */
export const isStopping = () => stopping !== null

/** From now on a signal to this process stops all that was started, and so does the end of the npm that started it. */
export function stopWhenTold(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopAll(signal))
  if (process.env['npm_lifecycle_event']) stopWithParent(process.ppid)
}

/** Ends this process once nothing is left running: with the code of the signal that stopped it, or else with `code`. */
export async function endWith(code: number): Promise<never> {
  stopAll(null)
  await Promise.all(running.values())
  process.exit(stopping?.by ? codeOf(stopping.by) : code)
}

function stopAll(by: NodeJS.Signals | null): void {
  stopping ??= { by }
  for (const child of running.keys()) child.kill('SIGTERM')
}

/** A signal to npm alone ends the shell between npm and this process, which does not pass it on. */
function stopWithParent(parent: number): void {
  setInterval(() => process.ppid !== parent && stopAll('SIGTERM'), PARENT_CHECK_MS).unref()
}

/** Waits for the last lines as well, but not for ever: they come late when a program's own children outlive it. */
async function exitCode(child: ChildProcess): Promise<number> {
  const closed = once(child, 'close')
  const [code, signal]: [number | null, NodeJS.Signals | null] = await exited(child)
  await Promise.race([closed, setTimeout(LAST_LINES_MS, null, { ref: false })])
  return code ?? (signal ? codeOf(signal) : 1)
}

const exited = (child: ChildProcess) =>
  new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve([code, signal])).once('error', reject)
  })

function eachLine(from: Readable, use: (line: string) => void): void {
  createInterface({ input: from }).on('line', (line) => line.trim() !== '' && use(line))
}

/** The last lines are those that say why it failed. */
function keep(lines: string[], line: string): void {
  lines.push(line)
  if (lines.length > MAX_KEPT_LINES) lines.shift()
}

const label = (name: string) => styleText('dim', `${name.padEnd(LABEL_WIDTH)} |`)
/** As a shell reports it. */
const codeOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal]

/** What wrangler says once it listens. */
const READY = /Ready on (https?:\/\/\S+)/
const MAX_KEPT_LINES = 200
const LABEL_WIDTH = 'upstream'.length
const PARENT_CHECK_MS = 500
const LAST_LINES_MS = 2000
/** Wrangler itself sees no terminal any more. */
const COLORS = process.stdout.isTTY && !process.env['NO_COLOR'] ? { FORCE_COLOR: '1' } : {}
