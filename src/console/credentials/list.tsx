// The SDK credentials of an environment.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { type ApiKey, statusOf } from '../../core/api-key.ts'
import type { Environment } from '../../core/environment.ts'
import { listKeys } from '../../service/keys.ts'
import { formatApiCommand, originOf } from '../command-text.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Command } from '../components/command.tsx'
import { Empty } from '../components/empty.tsx'
import { Pager } from '../components/pager.tsx'
import { Name, Scopes, Status, Time } from '../components/text.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { pathOfTab } from '../environment-tabs.tsx'
import { pathOf } from '../key-kinds.ts'
import { placeInEnvironment, showPage } from '../page.tsx'
import { loadEnvironment, readPageRequest } from '../request.ts'

export const credentialListPages = new Hono<ConsoleEnv>()

credentialListPages.get('/console/environments/:environmentId/credentials', async (c) => {
  const { deps, caller } = c.var
  const request = readPageRequest(c)
  const filter = { environmentId: c.req.param('environmentId'), kind: 'credential' as const }
  const [loaded, { items, nextCursor }] = await Promise.all([
    loadEnvironment(c),
    listKeys(deps, caller, filter, request),
  ])
  const here = pathOfTab(loaded.environment, 'credentials')
  const create = (
    <ActionLink href={`${here}/new`} dialog primary icon="plus">
      New credential
    </ActionLink>
  )
  const head = { tab: 'credentials', title: 'SDK credentials' } as const
  if (items.length === 0 && request.cursor === null) {
    const content = <NoCredentials c={c} environment={loaded.environment} create={create} />
    return showPage(c, placeInEnvironment(loaded, { ...head, content }))
  }
  const content = (
    <>
      <CredentialTable credentials={items} now={deps.clock()} />
      <Pager href={here} nextCursor={nextCursor} isFurther={request.cursor !== null} />
    </>
  )
  return showPage(c, placeInEnvironment(loaded, { ...head, actions: create, content }))
})

const CredentialTable = ({ credentials, now }: { credentials: ApiKey[]; now: number }) => (
  <div class="table-frame">
    <table class="table is-fullwidth is-hoverable stacks">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Client id</th>
          <th scope="col">Scopes</th>
          <th scope="col">Status</th>
          <th scope="col">Created</th>
          <th scope="col">Last used</th>
        </tr>
      </thead>
      <tbody>
        {credentials.map((credential) => (
          <tr>
            <th scope="row" class="row-name">
              <a class="row-link" href={pathOf(credential)}>
                <Name>{credential.name}</Name>
              </a>
            </th>
            <td data-label="Client id">
              <a href={pathOf(credential)} tabindex={-1}>
                <code class="breakable">{credential.id}</code>
              </a>
            </td>
            <td data-label="Scopes">
              <Scopes scopes={credential.scopes} />
            </td>
            <td data-label="Status">
              <Status status={statusOf(credential, now)} />
            </td>
            <td data-label="Created">
              <Time at={credential.createdAt} />
            </td>
            <td data-label="Last used">
              <Time at={credential.lastUsedAt} none="never" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

type NoCredentialsProps = { c: ConsoleContext; environment: Environment; create: Child }

const NoCredentials = ({ c, environment: { id, scopes }, create }: NoCredentialsProps) => {
  const body = { name: 'storefront-sdk', scopes: scopes.slice(0, 1).map(({ name }) => name) }
  return (
    <Empty title="No SDK credentials yet" icon="key" action={create}>
      <p>
        With a client id and a client secret, an SDK obtains access tokens (the client credentials grant of OAuth). An
        access token lets it call <code>/core/*</code>.
      </p>
      <Command label="Or from a terminal">
        {formatApiCommand(originOf(c), `POST /v1/environments/${id}/credentials`, body)}
      </Command>
    </Empty>
  )
}
