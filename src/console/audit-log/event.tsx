// One event of the audit log: who, what, when, and what changed.
import type { AuditAction, AuditEvent } from '../../core/audit.ts'
import { type Change, changesOf } from '../../core/audit-changes.ts'
import { Name, Time } from '../components/text.tsx'
import { pathOf } from '../key-kinds.ts'

type EventProps = { event: AuditEvent; linkTo: (changed: Record<string, string>) => string }

export const Event = ({ event, linkTo }: EventProps) => (
  <li class="event">
    <details>
      <summary>
        <span class="event-time">
          <Time at={event.at} />
        </span>
        <span class="event-what">
          <strong>{ACTION_TEXT[event.action]}</strong> <Subject event={event} />
        </span>
        <span class="event-who">
          <Name>{event.actor.name}</Name>
        </span>
      </summary>
      <div class="event-body">
        <Changes event={event} />
        <dl class="details">
          <Detail term="Actor" id={event.actor.id} href={linkTo({ actor: event.actor.id })} />
          <Detail term="Project" id={event.projectId} href={linkTo({ projectId: event.projectId ?? '' })} />
          <Detail
            term="Environment"
            id={event.environmentId}
            href={linkTo({ environmentId: event.environmentId ?? '' })}
          />
          <Detail term="Key" id={event.keyId} href={pathOf({ id: event.keyId ?? '' })} />
          <Detail term="Management key" id={event.managementKeyId} href={null} />
          <Detail term="Address" id={event.address} href={null} />
          <Detail term="Request" id={event.requestId} href={null} />
          <Detail term="Event" id={event.id} href={null} />
        </dl>
      </div>
    </details>
  </li>
)

const Detail = ({ term, id, href }: { term: string; id: string | null; href: string | null }) =>
  id !== null && (
    <>
      <dt>{term}</dt>
      <dd>
        {href === null ? (
          <code>{id}</code>
        ) : (
          <a href={href}>
            <code>{id}</code>
          </a>
        )}
      </dd>
    </>
  )

/** The name in the event; the id of the key where the event has no name. */
const Subject = ({ event: { before, after, keyId } }: { event: AuditEvent }) => {
  const name = after?.['name'] ?? before?.['name'] ?? after?.['contextId']
  if (typeof name !== 'string') return keyId === null ? null : <code>{keyId}</code>
  return (
    <span>
      “<Name>{name}</Name>”
    </span>
  )
}

const Changes = ({ event }: { event: AuditEvent }) => {
  const changes = changesOf(event)
  if (changes.length === 0) return <p class="is-quiet">No field changed.</p>
  return (
    <table class="table changes stacks">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <ChangeRow change={change} />
        ))}
      </tbody>
    </table>
  )
}

const ChangeRow = ({ change: { where, from, to } }: { change: Change }) => {
  const isMoment = where.at(-1)?.endsWith('At') ?? false
  return (
    <tr>
      <th scope="row" data-label="Field">
        <Name>{where.join(' › ')}</Name>
      </th>
      <td data-label="Before">
        <Value value={from} isMoment={isMoment} />
      </td>
      <td data-label="After">
        <Value value={to} isMoment={isMoment} />
      </td>
    </tr>
  )
}

const Value = ({ value, isMoment }: { value: unknown; isMoment: boolean }) => {
  if (value === undefined) return <span class="is-quiet">–</span>
  if (value === null) return <span class="is-quiet">none</span>
  if (isMoment && typeof value === 'number') return <Time at={value} />
  if (typeof value === 'object') return <code class="breakable">{JSON.stringify(value)}</code>
  return (
    <span class="breakable">
      <Name>{String(value)}</Name>
    </span>
  )
}

/** What was done, followed by the name of what it was done to. */
const ACTION_TEXT: Record<AuditAction, string> = {
  'project.created': 'Created the project',
  'project.updated': 'Changed the project',
  'project.deleted': 'Deleted the project',
  'environment.created': 'Created the environment',
  'environment.updated': 'Changed the environment',
  'environment.deleted': 'Deleted the environment',
  'environment.keys_revoked': 'Revoked the keys of the environment',
  'routes.updated': 'Changed the routes',
  'rerank_controls.updated': 'Changed the rerank controls of',
  'key.created': 'Created the key',
  'key.updated': 'Changed the key',
  'key.rotated': 'Rotated the key',
  'key.revoked': 'Revoked the key',
  'credential.created': 'Created the SDK credential',
  'credential.updated': 'Changed the SDK credential',
  'credential.rotated': 'Rotated the SDK credential',
  'credential.revoked': 'Revoked the SDK credential',
  'credential.token_ended': 'Ended an access token of the SDK credential',
  'credential.tokens_ended': 'Ended all access tokens of the SDK credential',
  'management_key.created': 'Created the management key',
  'management_key.revoked': 'Revoked the management key',
}
