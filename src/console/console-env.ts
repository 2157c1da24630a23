// What the console's handlers find on the Hono context, beyond what every surface has.
import type { Context } from 'hono'
import { mayUse, type Right } from '../core/actor.ts'
import type { AppEnv } from '../http/app-env.ts'
import type { Session } from '../service/console-sessions.ts'

export type ConsoleEnv = {
  Bindings: AppEnv['Bindings']
  Variables: AppEnv['Variables'] & {
    /** Lets this page's one script run, and no other. */
    nonce: string
    /** Not set before sign-in. */
    session: Session
  }
}

export type ConsoleContext = Context<ConsoleEnv>

/** Whether to show what needs this right. Services refuse it in any case. */
export const may = (c: ConsoleContext, right: Right): boolean => mayUse(c.var.caller.actor, right)

/** Whether the console's script asks for a page's content alone, to show it in its dialog. */
export const wantsFragment = (c: ConsoleContext): boolean => c.req.header('Keyward-Fragment') !== undefined
