// The pages of the rerank controls of an environment: its contexts, and one of them to edit.
import { z } from '@hono/zod-openapi'
import { Hono } from 'hono'
import { catchNotFound, invalidField, type Problem } from '../core/problem.ts'
import { type ContextControls, type RerankControls, type RerankSetting, reachOf, SURFACES } from '../core/rerank.ts'
import { contextIdField, rerankControlsSchema } from '../http/rerank-schema.ts'
import { getRerankControls, listRerankControls, setRerankControls } from '../service/rerank-controls.ts'
import { formatApiCommand } from './command-text.ts'
import { ActionLink } from './components/action-link.tsx'
import { Command } from './components/command.tsx'
import { Empty } from './components/empty.tsx'
import { Pager } from './components/pager.tsx'
import { Time } from './components/text.tsx'
import type { ConsoleContext, ConsoleEnv } from './console-env.ts'
import { type Form, parseWith, readForm, tryForm } from './form.ts'
import { environmentPage, goTo, type PageStatus } from './page.tsx'
import { pageRequest } from './page-request.ts'
import { loadEnvironment, type Place } from './place.ts'
import { ControlsEditor } from './rerank-controls/editor.tsx'
import { controlsIn, formOf } from './rerank-controls/form.ts'
import { PolicyNote, Preview } from './rerank-controls/preview.tsx'

export const rerankPages = new Hono<ConsoleEnv>()

const PATH = '/console/environments/:environmentId/rerank-controls'
const baseOf = ({ environment }: Place) => `/console/environments/${environment.id}/rerank-controls`
const placeSchema = z.object({ contextId: contextIdField })

rerankPages.get(PATH, async (c) => {
  const place = await loadEnvironment(c)
  const { id } = place.environment
  const request = pageRequest(c)
  const page = await listRerankControls(c.var.deps, c.var.caller, id, request)
  const create = (
    <ActionLink href={`${baseOf(place)}/new`} primary icon="plus">
      New context
    </ActionLink>
  )
  const isEmpty = page.items.length === 0 && request.cursor === null
  const { rerank } = c.var.deps.config
  const content = isEmpty ? (
    <Empty title="No contexts yet" icon="list" action={create}>
      <p>
        A context is a place in your product where results are ranked, such as a home page. Requests name it as{' '}
        <code>context_id</code>; the mode and depth set here are what the upstream gets.
      </p>
      <Command label="Or from a terminal">
        {formatApiCommand(c, 'PUT', `/v1/environments/${id}/rerank-controls/homepage`, EXAMPLE)}
      </Command>
    </Empty>
  ) : (
    <>
      <PolicyNote policy={rerank} reach={reachOf(rerank, id)} />
      <Contexts base={baseOf(place)} items={page.items} />
      <Pager href={baseOf(place)} nextCursor={page.nextCursor} isFurther={request.cursor !== null} />
    </>
  )
  return environmentPage(
    c,
    place,
    'rerank-controls',
    { title: 'Rerank controls', ...(isEmpty ? {} : { actions: create }) },
    content,
  )
})

rerankPages.get(`${PATH}/new`, async (c) => {
  const place = await loadEnvironment(c)
  return editPage(c, place, { contextId: null, form: formOf(), problem: null, preview: null })
})

rerankPages.post(`${PATH}/new`, async (c) => {
  const place = await loadEnvironment(c)
  return save(c, place, null)
})

rerankPages.get(`${PATH}/contexts/:contextId`, async (c) => {
  const place = await loadEnvironment(c)
  const { contextId } = c.req.param()
  const controls = await getRerankControls(c.var.deps, c.var.caller, { environmentId: place.environment.id, contextId })
  return editPage(c, place, { contextId, form: formOf(controls), problem: null, preview: controls })
})

rerankPages.post(`${PATH}/contexts/:contextId`, async (c) =>
  save(c, await loadEnvironment(c), c.req.param('contextId')),
)

/** Saves what the form says, or shows what it would come to. */
async function save(c: ConsoleContext, place: Place, contextId: string | null): Promise<Response> {
  const form = await readForm(c)
  const onlyPreview = form.text('intent') === 'preview'
  const outcome = await tryForm(async () => {
    const controls = parseWith(rerankControlsSchema, controlsIn(form))
    if (onlyPreview) return controls
    const named = contextId ?? form.text('contextId')
    const target = await targetOf(c, place, named, { isNew: contextId === null })
    return setRerankControls(c.var.deps, c.var.caller, target, controls)
  })
  if (!outcome.done)
    return editPage(c, place, { contextId, form, problem: outcome.problem, preview: null }, outcome.status)
  if (onlyPreview) return editPage(c, place, { contextId, form, problem: null, preview: outcome.value })
  return goTo(c, baseOf(place), `The rerank controls of “${contextId ?? form.text('contextId')}” are saved.`)
}

/** @throws {Problem} invalid_request for an id of another form, or a new one that is taken */
async function targetOf(c: ConsoleContext, { environment }: Place, text: string, { isNew }: { isNew: boolean }) {
  const { contextId } = parseWith(placeSchema, { contextId: text })
  const place = { environmentId: environment.id, contextId }
  const isTaken = isNew && (await catchNotFound(getRerankControls(c.var.deps, c.var.caller, place))) !== null
  if (isTaken) throw invalidField('contextId', 'has controls already: edit them instead')
  return place
}

type Draft = { contextId: string | null; form: Form; problem: Problem | null; preview: RerankControls | null }

async function editPage(
  c: ConsoleContext,
  place: Place,
  { contextId, form, problem, preview }: Draft,
  status: PageStatus = 200,
): Promise<Response> {
  const base = baseOf(place)
  return environmentPage(
    c,
    place,
    'rerank-controls',
    { title: contextId ?? 'New context', crumbs: [{ href: base, text: 'Rerank controls' }] },
    <>
      <ControlsEditor
        action={contextId === null ? `${base}/new` : `${base}/contexts/${encodeURIComponent(contextId)}`}
        back={base}
        contextId={contextId === null ? form.text('contextId') : null}
        form={form}
        problem={problem}
      />
      {preview && <Preview controls={preview} policy={c.var.deps.config.rerank} environmentId={place.environment.id} />}
    </>,
    status,
  )
}

const Contexts = ({ base, items }: { base: string; items: readonly ContextControls[] }) => (
  <div class="table-frame">
    <table class="table is-fullwidth stacks">
      <thead>
        <tr>
          <th scope="col">Context</th>
          <th scope="col">Default</th>
          {SURFACES.map((surface) => (
            <th scope="col">On {surface}</th>
          ))}
          <th scope="col">Changed</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ contextId, controls, updatedAt }) => (
          <tr>
            <td data-label="Context">
              <a href={`${base}/contexts/${encodeURIComponent(contextId)}`}>
                <code>{contextId}</code>
              </a>
            </td>
            <td data-label="Default">
              {settingText(controls.global_default)}{' '}
              <small class="is-quiet">on {controls.global_default.surface}</small>
            </td>
            {SURFACES.map((surface) => (
              <td data-label={surface}>
                <Preset setting={controls.surface_presets?.[surface]} />
              </td>
            ))}
            <td data-label="Changed">
              <Time at={updatedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

const Preset = ({ setting }: { setting: RerankSetting | undefined }) =>
  setting ? <strong>{settingText(setting)}</strong> : <span class="is-quiet">inherits</span>

const settingText = ({ rerank_mode, rerank_depth }: RerankSetting) => `${rerank_mode}, ${rerank_depth}`

const EXAMPLE = { global_default: { surface: 'recommendations', rerank_mode: 'balanced', rerank_depth: 50 } }
