// What the handlers of the console find in the Hono context, besides what every surface has.
import type { Context } from 'hono'
import { mayUse, type Right } from '../core/actor.ts'
import type { AppEnv } from '../http/app-env.ts'
import type { Session } from '../service/console-sessions.ts'

export type ConsoleEnv = {
  Bindings: AppEnv['Bindings']
  Variables: AppEnv['Variables'] & {
    /** The Content-Security-Policy of the page lets only scripts with this nonce run. */
    nonce: string
    /** Missing on the sign-in page, whatever the type says. */
    session: Session
  }
}

export type ConsoleContext = Context<ConsoleEnv>

/** Whether a page should offer what needs this right. Services check it again. */
export const may = (c: ConsoleContext, right: Right): boolean => mayUse(c.var.caller.actor, right)

/** Whether the script asks only for the content of a page, to show it in a dialog. */
export const isFragmentRequest = (c: ConsoleContext): boolean => c.req.header('Keyward-Fragment') !== undefined
