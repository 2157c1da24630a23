// The rerank controls of a context, a new one or one that exists. They can be previewed before they are saved.
import { z } from '@hono/zod-openapi'
import { etagOf } from '../../core/etag.ts'
import { isProblem, Problem } from '../../core/problem.ts'
import type { RerankControls } from '../../core/rerank.ts'
import { contextIdField, rerankControlsSchema } from '../../http/rerank-schema.ts'
import { getRerankControls, setRerankControls } from '../../service/rerank-controls.ts'
import type { ConsoleContext } from '../console-env.ts'
import { pathOfTab } from '../environment-tabs.tsx'
import { type Form, type FormValues, parseWith } from '../form.ts'
import { defineFormPage, type FormAction } from '../form-page.tsx'
import { goTo, placeInEnvironment } from '../page.tsx'
import { type EnvironmentWithProject, loadEnvironment, readParam } from '../request.ts'
import { ControlsEditor } from './editor.tsx'
import { controlsToFields, readControls } from './form.ts'
import { Preview } from './preview.tsx'

const CONTEXTS = '/console/environments/:environmentId/rerank-controls'

/** `contextId` is null for a new context, whose id is a field of the form. */
type Loaded = EnvironmentWithProject & { contextId: string | null }
type Saving = { contextId: string; controls: RerankControls; ifMatch: string }

const editing: Omit<FormAction<Loaded, Saving, string>, 'load'> = {
  right: 'front_door',
  redraw(form) {
    if (!isPreview(form)) return null
    parseWith(rerankControlsSchema, readControls(form))
    return form
  },
  parse: (form, { contextId }) => ({
    ...parseWith(referenceSchema, { contextId: contextId ?? form.text('contextId') }),
    controls: parseWith(rerankControlsSchema, readControls(form)),
    ifMatch: form.text('ifMatch'),
  }),
  async submit(c, { environment, contextId }, { controls, ifMatch, contextId: id }) {
    const reference = { environmentId: environment.id, contextId: id }
    const saving = setRerankControls(c.var.deps, c.var.caller, reference, controls, { ifMatch })
    await (contextId === null ? saving.catch(explainTakenId) : saving)
    return id
  },
  view(c, loaded, { form, problem }) {
    const { environment, contextId } = loaded
    const list = pathOfTab(environment, 'rerank-controls')
    // What is stored is shown with its preview; a new context only when it is asked for.
    const isPreviewed = problem === null && (contextId !== null || isPreview(form))
    const preview = isPreviewed ? rerankControlsSchema.safeParse(readControls(form)).data : undefined
    return placeInEnvironment(loaded, {
      tab: 'rerank-controls',
      title: contextId ?? 'New context',
      crumbs: [{ href: list, text: 'Rerank controls' }],
      content: (
        <>
          <ControlsEditor
            action={contextId === null ? `${list}/new` : `${list}/contexts/${encodeURIComponent(contextId)}`}
            list={list}
            isNew={contextId === null}
            form={form}
            problem={problem}
          />
          {preview && <Preview controls={preview} policy={c.var.deps.config.rerank} environmentId={environment.id} />}
        </>
      ),
    })
  },
  done: (c, { environment }, contextId) =>
    goTo(c, pathOfTab(environment, 'rerank-controls'), `Rerank controls of “${contextId}” saved.`),
}

export const newContextPages = defineFormPage(`${CONTEXTS}/new`, {
  ...editing,
  load: async (c) => ({ ...(await loadEnvironment(c)), contextId: null }),
  blank: () => ({ ...controlsToFields(), ifMatch: etagOf({ controls: null }) }),
})

export const editContextPages = defineFormPage(`${CONTEXTS}/contexts/:contextId`, {
  ...editing,
  load: async (c) => ({ ...(await loadEnvironment(c)), contextId: readParam(c, 'contextId') }),
  blank: readFields,
  saved: readFields,
})

async function readFields({ environment, contextId }: Loaded, c: ConsoleContext): Promise<FormValues> {
  const reference = { environmentId: environment.id, contextId: contextId ?? '' }
  const controls = await getRerankControls(c.var.deps, c.var.caller, reference)
  return { ...controlsToFields(controls), ifMatch: etagOf({ controls }) }
}

const isPreview = (form: Form): boolean => form.text('intent') === 'preview'

/** A context is new only while it has no controls. The conflict is shown at the field, where another id can be chosen. */
function explainTakenId(error: unknown): never {
  if (!isProblem(error, 'conflict')) throw error
  const message = 'has controls already. Edit that context, or choose another id'
  throw new Problem('conflict', `contextId: ${message}`, { faults: [{ path: 'contextId', message }] })
}

const referenceSchema = z.object({ contextId: contextIdField })
