// The management keys there are, the revoked ones too.
import type { ManagementKey } from '../../core/actor.ts'
import { ActionLink } from '../components/action-link.tsx'
import { Name, Status, Time } from '../components/text.tsx'

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
              None yet. Give everybody and everything that works Keyward a key of its own: the audit log tells them
              apart.
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
          of <a href={`/console/environments/${environmentId}/settings`}>one environment</a>
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
        <ActionLink href={`/console/management-keys/${id}/revoke`} dialog danger>
          Revoke<span class="sr-only"> {name}</span>
        </ActionLink>
      ) : (
        <Time at={revokedAt} />
      )}
    </td>
  </tr>
)
