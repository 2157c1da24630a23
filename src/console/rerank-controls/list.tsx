// The contexts of an environment, with their rerank controls.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import type { Environment } from '../../core/environment.ts'
import { type ContextControls, type RerankSetting, reachOf, SURFACES } from '../../core/rerank.ts'
import { listRerankControls } from '../../service/rerank-controls.ts'
import { formatApiCommand, originOf } from '../command-text.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Command } from '../components/command.tsx'
import { Empty } from '../components/empty.tsx'
import { Pager } from '../components/pager.tsx'
import { Time } from '../components/text.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { pathOfTab } from '../environment-tabs.tsx'
import { placeInEnvironment, showPage } from '../page.tsx'
import { loadEnvironment, readPageRequest } from '../request.ts'
import { PolicyNote } from './preview.tsx'

export const contextListPages = new Hono<ConsoleEnv>()

contextListPages.get('/console/environments/:environmentId/rerank-controls', async (c) => {
  const loaded = await loadEnvironment(c)
  const { environment } = loaded
  const request = readPageRequest(c)
  const { items, nextCursor } = await listRerankControls(c.var.deps, c.var.caller, environment.id, request)
  const here = pathOfTab(environment, 'rerank-controls')
  const create = (
    <ActionLink href={`${here}/new`} primary icon="plus">
      New context
    </ActionLink>
  )
  const head = { tab: 'rerank-controls', title: 'Rerank controls' } as const
  if (items.length === 0 && request.cursor === null) {
    const content = <NoContexts c={c} environment={environment} create={create} />
    return showPage(c, placeInEnvironment(loaded, { ...head, content }))
  }
  const { rerank } = c.var.deps.config
  const content = (
    <>
      <PolicyNote policy={rerank} reach={reachOf(rerank, environment.id)} />
      <Contexts list={here} items={items} />
      <Pager href={here} nextCursor={nextCursor} isFurther={request.cursor !== null} />
    </>
  )
  return showPage(c, placeInEnvironment(loaded, { ...head, actions: create, content }))
})

type NoContextsProps = { c: ConsoleContext; environment: Environment; create: Child }

const NoContexts = ({ c, environment, create }: NoContextsProps) => (
  <Empty title="No contexts yet" icon="list" action={create}>
    <p>
      A context is a place in your product where results are ranked, such as the home page. Requests name it as{' '}
      <code>context_id</code>, and Keyward passes the mode and depth you set here on to the upstream.
    </p>
    <Command label="Or from a terminal">
      {formatApiCommand(originOf(c), `PUT /v1/environments/${environment.id}/rerank-controls/homepage`, EXAMPLE)}
    </Command>
  </Empty>
)

const Contexts = ({ list, items }: { list: string; items: readonly ContextControls[] }) => (
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
              <a href={`${list}/contexts/${encodeURIComponent(contextId)}`}>
                <code>{contextId}</code>
              </a>
            </td>
            <td data-label="Default">
              {formatSetting(controls.global_default)}{' '}
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
  setting ? <strong>{formatSetting(setting)}</strong> : <span class="is-quiet">inherits</span>

const formatSetting = ({ rerank_mode, rerank_depth }: RerankSetting) => `${rerank_mode}, ${rerank_depth}`

const EXAMPLE = { global_default: { surface: 'recommendations', rerank_mode: 'balanced', rerank_depth: 50 } }
