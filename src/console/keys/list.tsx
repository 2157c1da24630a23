// The API keys of an environment: searched and filtered, page by page, in the order they were created.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { type ApiKey, KEY_STATUSES, statusOf } from '../../core/api-key.ts'
import type { Environment } from '../../core/environment.ts'
import { MAX_SEARCH_LENGTH } from '../../core/search-terms.ts'
import { listKeys } from '../../service/keys.ts'
import { formatApiCommand, originOf } from '../command-text.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Command } from '../components/command.tsx'
import { Empty } from '../components/empty.tsx'
import { Icon } from '../components/icon.tsx'
import { Pager } from '../components/pager.tsx'
import { Name, Scopes, Status, Time } from '../components/text.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { pathOfTab } from '../environment-tabs.tsx'
import { type Form, readQuery } from '../form.ts'
import { pathOf } from '../key-kinds.ts'
import { placeInEnvironment, showPage } from '../page.tsx'
import { loadEnvironment, readPageRequest } from '../request.ts'

export const keyListPages = new Hono<ConsoleEnv>()

keyListPages.get('/console/environments/:environmentId', (c) =>
  c.redirect(pathOfTab({ id: c.req.param('environmentId') }, 'keys'), 303),
)

keyListPages.get('/console/environments/:environmentId/keys', async (c) => {
  const query = readQuery(c)
  const filter = { environmentId: c.req.param('environmentId'), ...readFilter(query) }
  const request = readPageRequest(c)
  const [loaded, { items, nextCursor }] = await Promise.all([
    loadEnvironment(c),
    listKeys(c.var.deps, c.var.caller, filter, request),
  ])
  const { environment } = loaded
  const here = pathOfTab(environment, 'keys')
  const create = (
    <ActionLink href={`${here}/new`} dialog primary icon="plus">
      New key
    </ActionLink>
  )
  const head = { tab: 'keys', title: 'API keys' } as const
  const isFiltered = FILTERS.some((name) => query.text(name) !== '')
  if (items.length === 0 && !isFiltered && request.cursor === null) {
    const content = <NoKeys c={c} environment={environment} create={create} />
    return showPage(c, placeInEnvironment(loaded, { ...head, content }))
  }
  const content = (
    <>
      <Filters environment={environment} query={query} here={here} isFiltered={isFiltered} />
      {items.length === 0 ? (
        <p class="nothing">
          No key matches. <a href={here}>Show all keys</a>
        </p>
      ) : (
        <KeyTable keys={items} now={c.var.deps.clock()} />
      )}
      <Pager href={addFilter(here, query)} nextCursor={nextCursor} isFurther={request.cursor !== null} />
    </>
  )
  return showPage(c, placeInEnvironment(loaded, { ...head, actions: create, content }))
})

const readFilter = (query: Form) => ({
  status: KEY_STATUSES.find((status) => status === query.text('status')),
  scope: query.optional('scope'),
  ownerId: query.optional('owner'),
  search: query.optional('search'),
  order: query.text('order') === 'oldest' ? ('oldest' as const) : ('newest' as const),
})

const FILTERS = ['search', 'status', 'scope', 'owner'] as const

/** The address of the list with the filters that are in use. */
function addFilter(here: string, query: Form): string {
  const kept = new URLSearchParams()
  for (const name of [...FILTERS, 'order']) if (query.text(name) !== '') kept.set(name, query.text(name))
  return kept.size === 0 ? here : `${here}?${kept}`
}

type FiltersProps = { environment: Environment; query: Form; here: string; isFiltered: boolean }

const Filters = ({ environment, query, here, isFiltered }: FiltersProps) => (
  <search>
    <form class="filters" method="get" action={here} data-filter>
      <label class="filter-search">
        <span class="sr-only">Name or prefix</span>
        <Icon name="search" />
        <input
          class="input"
          type="search"
          name="search"
          value={query.text('search')}
          placeholder="Name or prefix"
          maxlength={MAX_SEARCH_LENGTH}
          dir="auto"
        />
      </label>
      <Choice name="status" label="Status" value={query.text('status')} options={KEY_STATUSES} any="Any status" />
      {environment.scopes.length > 0 && (
        <Choice
          name="scope"
          label="Scope"
          value={query.text('scope')}
          options={environment.scopes.map(({ name }) => name)}
          any="Any scope"
        />
      )}
      <label>
        <span class="sr-only">Owner</span>
        <input class="input" name="owner" value={query.text('owner')} placeholder="Owner" maxlength={200} dir="auto" />
      </label>
      <Choice name="order" label="Order" value={query.text('order')} options={['oldest']} any="Newest first">
        Oldest first
      </Choice>
      <button class="button" type="submit">
        Search
      </button>
      {isFiltered && <a href={here}>Clear</a>}
    </form>
  </search>
)

type ChoiceProps = {
  name: string
  label: string
  value: string
  options: readonly string[]
  any: string
  /** The text of the one option there is. */
  children?: Child
}

const Choice = ({ name, label, value, options, any, children }: ChoiceProps) => (
  <label class="select">
    <span class="sr-only">{label}</span>
    <select name={name}>
      <option value="">{any}</option>
      {options.map((option) => (
        <option value={option} selected={option === value}>
          {children ?? option}
        </option>
      ))}
    </select>
  </label>
)

const KeyTable = ({ keys, now }: { keys: ApiKey[]; now: number }) => (
  <div class="table-frame">
    <table class="table is-fullwidth is-hoverable stacks">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Prefix</th>
          <th scope="col">Scopes</th>
          <th scope="col">Status</th>
          <th scope="col">Owner</th>
          <th scope="col">Created</th>
          <th scope="col">Last used</th>
          <th scope="col">Expires</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <Row apiKey={key} now={now} />
        ))}
      </tbody>
    </table>
  </div>
)

const Row = ({ apiKey: key, now }: { apiKey: ApiKey; now: number }) => (
  <tr>
    <th scope="row" class="row-name">
      <a class="row-link" href={pathOf(key)}>
        <Name>{key.name}</Name>
      </a>
    </th>
    <td data-label="Prefix">
      <a href={pathOf(key)} tabindex={-1}>
        <code class="prefix">{key.prefix}</code>
      </a>
    </td>
    <td data-label="Scopes">
      <Scopes scopes={key.scopes} />
    </td>
    <td data-label="Status">
      <Status status={statusOf(key, now)} />
    </td>
    <td data-label="Owner" class="row-owner">
      {key.ownerId === null ? <span class="is-quiet">–</span> : <Name>{key.ownerId}</Name>}
    </td>
    <td data-label="Created">
      <Time at={key.createdAt} />
    </td>
    <td data-label="Last used">
      <Time at={key.lastUsedAt} none="never" />
    </td>
    <td data-label="Expires">
      <Time at={key.expiresAt} none="never" />
    </td>
  </tr>
)

type NoKeysProps = { c: ConsoleContext; environment: Environment; create: Child }

const NoKeys = ({ c, environment: { id, scopes }, create }: NoKeysProps) => {
  const body = { name: 'billing-service', scopes: scopes.slice(0, 1).map(({ name }) => name) }
  return (
    <Empty title="No keys yet" icon="key" action={create}>
      <p>
        A key lets a server call the API of this environment. You see it once, when you create it. Keyward keeps only a
        hash of it.
      </p>
      <Command label="Or from a terminal">
        {formatApiCommand(originOf(c), `POST /v1/environments/${id}/keys`, body)}
      </Command>
    </Empty>
  )
}
