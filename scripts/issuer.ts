// ISSUER of a deployment: the name its access tokens bear. Asked for once, and kept in wrangler.toml.
import { ConfigError, readIssuer } from '../src/config.ts'

/** The ISSUER that a deployment with these flags and this wrangler.toml has; null when it is empty. */
export function findIssuer(toml: string, flags: readonly string[]): string | null {
  const fromFlag = flags.flatMap((flag) => VARIABLE_FLAG.exec(flag)?.[1] ?? []).at(-1)
  return (fromFlag ?? SETTING.exec(toml)?.[1]) || null
}

/** The wrangler.toml with that ISSUER in it. @throws {Error} when it has no line for one */
export function setIssuer(toml: string, issuer: string): string {
  if (!SETTING.test(toml)) throw new Error('wrangler.toml has no line `ISSUER = "…"` to set')
  return toml.replace(SETTING, `ISSUER = "${issuer}"`)
}

type Conversation = { ask: (question: string) => Promise<string>; say: (text: string) => void }

/** Asks until the answer is an issuer, or empty; null for an empty one. */
export async function askForIssuer({ ask, say }: Conversation): Promise<string | null> {
  say(WHY)
  for (;;) {
    const answer = (await ask('Origin that clients use, such as https://keys.example.com (empty: not now): ')).trim()
    try {
      return readIssuer(answer)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      say(`${error.message}\n`)
    }
  }
}

const WHY = `ISSUER is not set, so access tokens name whichever host of the Worker was asked for them as their issuer. Services that
verify tokens by signature need one issuer to compare with.
`

export const NOT_SET = `
Warning: deployed without ISSUER. Set it in wrangler.toml to the origin that clients use, then deploy again:

  ISSUER = "https://keys.example.com"
`

const SETTING = /^ISSUER = "([^"\n]*)"/m
/** `--var ISSUER:https://…`, in one argument or as the second of two. */
const VARIABLE_FLAG = /^(?:--var=)?ISSUER:(.*)$/
