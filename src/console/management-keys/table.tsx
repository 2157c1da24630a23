// Management keys as a table, revoked ones too.
import type { ManagementKey } from '../../core/actor.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Name, Status, Time } from '../components/text.tsx'

export const MANAGEMENT_KEYS = { href: '/console/management-keys', text: 'Management keys' }

export const ManagementKeyTable = ({ keys }: { keys: readonly ManagementKey[] }) => (
  <div class="table-frame">
    <table class="table is-fullwidth stacks">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Prefix</th>
          <th scope="col">Role</th>
          <th scope="col">Status</th>
          <th scope="col">Created</th>
          <th scope="col">Last used</th>
          <th scope="col">
            <span class="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <Row {...key} />
        ))}
        {keys.length === 0 && (
          <tr>
            <td colspan={7} class="is-quiet">
              No management keys yet. Create one for each person and each program that works with Keyward: the audit log
              then shows who did what.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  </div>
)

const Row = ({ id, name, prefix, role, environmentId, createdAt, lastUsedAt, revokedAt }: ManagementKey) => (
  <tr>
    <td data-label="Name">
      <Name>{name}</Name>
    </td>
    <td data-label="Prefix">
      <code>{prefix}</code>
    </td>
    <td data-label="Role">
      {role}
      {environmentId !== null && (
        <small>
          {' '}
          for <a href={`/console/environments/${environmentId}/settings`}>one environment</a>
        </small>
      )}
    </td>
    <td data-label="Status">
      <Status status={revokedAt === null ? 'active' : 'revoked'} />
    </td>
    <td data-label="Created">
      <Time at={createdAt} />
    </td>
    <td data-label="Last used">
      <Time at={lastUsedAt} none="never" />
    </td>
    <td data-label="">
      {revokedAt === null ? (
        <ActionLink href={`${MANAGEMENT_KEYS.href}/${id}/revoke`} dialog danger>
          Revoke<span class="sr-only"> {name}</span>
        </ActionLink>
      ) : (
        <Time at={revokedAt} />
      )}
    </td>
  </tr>
)
