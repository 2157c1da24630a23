// A form as a page: GET opens it, POST sends it. What happens in which order is stated here, once for all forms.
import { Hono } from 'hono'
import { authorize, type Right } from '../core/actor.ts'
import type { Problem } from '../core/problem.ts'
import type { ConsoleContext, ConsoleEnv } from './console-env.ts'
import { claimForm, createForm, type Form, type FormValues, readForm, tryForm } from './form.ts'
import { type Page, showPage } from './page.tsx'
import { SavedMeanwhile } from './saved-meanwhile.tsx'
import { SentBefore } from './shown-once.tsx'

/** The form as it was opened or sent, and why it was refused. */
export type ShownForm = { form: Form; problem: Problem | null }

/** What is a form's own. On POST it is called in this order; the one-time id is claimed between `parse` and `submit`. */
export type FormAction<Loaded, Input, Result> = {
  /** Whoever does not have it can neither open nor send the form. */
  right: Right
  /** What the form is about. */
  load(c: ConsoleContext): Promise<Loaded>
  /** The form to show after a button that saves nothing, such as one that adds a row; null when the form is to be saved. */
  redraw?: ((form: Form) => Form | null) | undefined
  /** @throws {Problem} invalid_request */
  parse(form: Form, loaded: Loaded, c: ConsoleContext): Input
  /** Does what the form is for. Thrown as invalid_request or conflict, a problem is shown with the form as it was sent. */
  submit(c: ConsoleContext, loaded: Loaded, input: Input): Promise<Result>
  /**
   * For a form that must not have its effect twice, such as one that creates something: it is submitted once, however often it
   * is sent. It must contain a <OneTimeId>.
   */
  once?: {
    /** Where the created thing is seen. */
    pathOf(result: Result, loaded: Loaded): string
    /** Where to look for it while its own address is not known. */
    listOf(loaded: Loaded): string
    /** Said when it is sent again, where it is not a thing that was created. */
    again?: string
  }
  /**
   * For a form with an <IfMatch>: the fields as they are stored. When somebody else has changed them, they are shown beside
   * what was typed.
   */
  saved?: ((loaded: Loaded, c: ConsoleContext) => FormValues | Promise<FormValues>) | undefined
  view(c: ConsoleContext, loaded: Loaded, shown: ShownForm): Page | Promise<Page>
  done(c: ConsoleContext, loaded: Loaded, result: Result): Response | Promise<Response>
}

export type FormPage<Loaded, Input, Result> = FormAction<Loaded, Input, Result> & {
  /** The fields when the form is opened. */
  blank(loaded: Loaded, c: ConsoleContext): FormValues | Promise<FormValues>
}

/** A form with a page of its own. */
export function defineFormPage<Loaded, Input, Result>(path: string, page: FormPage<Loaded, Input, Result>) {
  return defineFormAction(path, page).get(path, async (c) => {
    authorize(c.var.caller.actor, page.right)
    const loaded = await page.load(c)
    const form = createForm(await page.blank(loaded, c))
    return showPage(c, await page.view(c, loaded, { form, problem: null }))
  })
}

/** A form that is on another page, which `view` shows when it is refused. */
export function defineFormAction<Loaded, Input, Result>(path: string, action: FormAction<Loaded, Input, Result>) {
  return new Hono<ConsoleEnv>().post(path, async (c) => {
    authorize(c.var.caller.actor, action.right)
    const loaded = await action.load(c)
    const form = await readForm(c)
    const showAgain = async (shown: ShownForm, changes: Partial<Page> = {}) =>
      showPage(c, { ...(await action.view(c, loaded, shown)), ...changes })

    const sent = await tryForm(() => send(c, action, { loaded, form }))
    if (!sent.done && sent.problem.code === 'conflict') return showConflict(c, action, { form, problem: sent.problem })
    if (!sent.done) return showAgain({ form, problem: sent.problem }, { status: sent.status })
    if ('result' in sent.value) return action.done(c, loaded, sent.value.result)
    if ('redrawn' in sent.value) return showAgain({ form: sent.value.redrawn, problem: null })
    return showAgain({ form, problem: null }, { status: 409, content: <SentBefore {...sent.value} /> })
  })
}

/** The form as it was sent, on a page that shows what is stored by now. */
async function showConflict<Loaded, Input, Result>(
  c: ConsoleContext,
  action: FormAction<Loaded, Input, Result>,
  { form, problem }: { form: Form; problem: Problem },
) {
  const loaded = await action.load(c)
  const status = 409
  if (action.saved === undefined || problem.faults.length > 0)
    return showPage(c, { ...(await action.view(c, loaded, { form, problem })), status })
  const saved = createForm(await action.saved(loaded, c))
  const page = await action.view(c, loaded, { form, problem: null })
  const content = (
    <>
      <SavedMeanwhile sent={form} saved={saved} message={problem.message} again={new URL(c.req.url).pathname} />
      {page.content}
    </>
  )
  return showPage(c, { ...page, content, status })
}

type Sent<Result> =
  | { result: Result }
  | { redrawn: Form }
  | { path: string; isList: boolean; text?: string | undefined }

async function send<Loaded, Input, Result>(
  c: ConsoleContext,
  action: FormAction<Loaded, Input, Result>,
  { loaded, form }: { loaded: Loaded; form: Form },
): Promise<Sent<Result>> {
  const redrawn = action.redraw?.(form) ?? null
  if (redrawn) return { redrawn }
  const input = action.parse(form, loaded, c)
  const { once } = action
  if (!once) return { result: await action.submit(c, loaded, input) }

  // Only a valid form is claimed: one that is refused can be corrected and sent again.
  const claim = await claimForm(c, form)
  if (!claim.first)
    return { path: claim.outcome ?? once.listOf(loaded), isList: claim.outcome === null, text: once.again }
  const result = await action.submit(c, loaded, input)
  // In the background: if it fails, a new token must be shown all the same.
  c.var.deps.background(claim.note(once.pathOf(result, loaded)))
  return { result }
}
