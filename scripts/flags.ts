// The flags of a script: `--help` prints its usage, and a flag that cannot be followed is named instead of thrown.
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** Prints the usage and ends the process if `--help` or `-h` is among the flags. */
export function answerHelp(usage: string, flags: readonly string[] = process.argv.slice(2)): void {
  if (!flags.includes('--help') && !flags.includes('-h')) return
  console.log(usage.trim())
  process.exit(0)
}

/** The values of the flags. Ends the process for `--help`, and for a flag that is not among `options`. */
export function readFlags<T extends ParseArgsOptionsConfig>(usage: string, options: T) {
  answerHelp(usage)
  try {
    return parseArgs({ options, allowPositionals: false }).values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage.trim()}`)
    process.exit(2)
  }
}
