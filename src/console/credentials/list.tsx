// The SDK credentials of an environment.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { type ApiKey, statusOf } from '../../core/api-key.ts'
import { listKeys } from '../../service/keys.ts'
import { apiCommand } from '../command-text.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Command } from '../components/command.tsx'
import { Empty } from '../components/empty.tsx'
import { Pager } from '../components/pager.tsx'
import { Name, Scopes, Status, Time } from '../components/text.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { pathOf } from '../keys/kinds.ts'
import { environmentPage } from '../page.tsx'
import { pageRequest } from '../page-request.ts'
import { loadEnvironment, type Place } from '../place.ts'

export const credentialListPages = new Hono<ConsoleEnv>()

credentialListPages.get('/console/environments/:environmentId/credentials', async (c) => {
  const { deps, caller } = c.var
  const request = pageRequest(c)
  const filter = { environmentId: c.req.param('environmentId'), kind: 'credential' as const }
  const [place, { items, nextCursor }] = await Promise.all([
    loadEnvironment(c),
    listKeys(deps, caller, filter, request),
  ])
  const here = `/console/environments/${place.environment.id}/credentials`
  const create = (
    <ActionLink href={`${here}/new`} dialog primary icon="plus">
      New credential
    </ActionLink>
  )
  if (items.length === 0 && request.cursor === null) {
    const none = <NoCredentials c={c} place={place} create={create} />
    return environmentPage(c, place, 'credentials', { title: 'SDK credentials' }, none)
  }
  return environmentPage(
    c,
    place,
    'credentials',
    { title: 'SDK credentials', actions: create },
    <>
      <CredentialTable credentials={items} now={deps.clock()} />
      <Pager href={here} nextCursor={nextCursor} isFurther={request.cursor !== null} />
    </>,
  )
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
              <code class="breakable">{credential.id}</code>
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

const NoCredentials = ({ c, place, create }: { c: ConsoleContext; place: Place; create: Child }) => {
  const { id, scopes } = place.environment
  const body = { name: 'storefront-sdk', scopes: scopes.slice(0, 1).map(({ name }) => name) }
  return (
    <Empty title="No SDK credentials yet" icon="key" action={create}>
      <p>
        An SDK obtains access tokens with a client id and secret (OAuth client credentials). They last an hour and open{' '}
        <code>/core/*</code>.
      </p>
      <Command label="Or from a terminal">{apiCommand(c, 'POST', `/v1/environments/${id}/credentials`, body)}</Command>
    </Empty>
  )
}
