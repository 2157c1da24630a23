// One key of either kind: what it is, its secrets, what happened to it, what can be done, and its receipt once it is revoked.
import { z } from '@hono/zod-openapi'
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { type ApiKey, kindOf, statusOf } from '../../core/api-key.ts'
import type { AuditEvent } from '../../core/audit.ts'
import { etagOf } from '../../core/etag.ts'
import { readAuditLog } from '../../service/audit-log.ts'
import { getKey, setEnabled } from '../../service/keys.ts'
import { ActionLink } from '../components/action-link.tsx'
import { CopyText } from '../components/command.tsx'
import { Faults } from '../components/form.tsx'
import { Receipt } from '../components/receipt.tsx'
import { REASON_TEXT } from '../components/revocation-fields.tsx'
import { formatSecondsUntil, Name, Scopes, Status, Time } from '../components/text.tsx'
import { type ConsoleContext, type ConsoleEnv, may } from '../console-env.ts'
import { parseWith } from '../form.ts'
import { defineFormAction, type ShownForm } from '../form-page.tsx'
import { listOf, ONE_KEY, pathOf, wordsOf } from '../key-kinds.ts'
import { goTo, type Page, placeInEnvironment, showPage } from '../page.tsx'
import { loadEnvironment, readParam } from '../request.ts'

export const oneKeyPages = new Hono<ConsoleEnv>()

const loadKey = (c: ConsoleContext) => getKey(c.var.deps, c.var.caller, readParam(c, 'keyId'))

oneKeyPages.get(ONE_KEY, async (c) => showPage(c, await createKeyPage(c, await loadKey(c), { problem: null })))

async function createKeyPage(c: ConsoleContext, key: ApiKey, { problem }: Pick<ShownForm, 'problem'>): Promise<Page> {
  const [loaded, events] = await Promise.all([loadEnvironment(c, key.environmentId), listEvents(c, key)])
  const now = c.var.deps.clock()
  return placeInEnvironment(loaded, {
    tab: wordsOf(key).collection,
    title: key.name,
    crumbs: [listOf(key)],
    actions: <Actions apiKey={key} now={now} />,
    content: (
      <>
        <Faults problem={problem} />
        <RevocationReceipt apiKey={key} now={now} />
        <div class="columns-2">
          <Details apiKey={key} now={now} />
          <Secrets apiKey={key} />
        </div>
        {events !== null && <History events={events} apiKey={key} />}
      </>
    ),
  })
}

/** When the key was last used: the script asks for it to see the first use of a new key. */
oneKeyPages.get(`${ONE_KEY}/last-use`, async (c) => {
  const { lastUsedAt } = await loadKey(c)
  return c.json({ lastUsedAt })
})

/** To stop a key is always right. To let it work again is a decision about the key that was seen, and no later one. */
export const enableKeyPages = defineFormAction(`${ONE_KEY}/enabled`, {
  right: 'keys',
  load: loadKey,
  parse(form) {
    const { enabled } = parseWith(enablingSchema, { enabled: form.text('enabled') })
    return enabled === 'true' ? { enabled: true, ifMatch: form.text('ifMatch') } : { enabled: false }
  },
  submit: (c, { id }, input) => setEnabled(c.var.deps, c.var.caller, id, input),
  view: createKeyPage,
  done(c, _loaded, { key, receipt }) {
    const within = formatSecondsUntil(receipt.effectiveBy, c.var.deps.clock())
    const message = key.enabled
      ? `Key enabled. It works again everywhere within ${within}.`
      : `Key disabled. It stops working everywhere within ${within}.`
    return goTo(c, pathOf(key), message)
  },
})

const enablingSchema = z.object({ enabled: z.enum(['true', 'false']) })

/** The newest events of the key; null for a role that may not read the audit log. */
async function listEvents(c: ConsoleContext, { id }: ApiKey): Promise<AuditEvent[] | null> {
  if (!may(c, 'audit')) return null
  return (await readAuditLog(c.var.deps, c.var.caller, { keyId: id }, { limit: 8, cursor: null })).items
}

const RevocationReceipt = ({ apiKey: { revokedAt, revokedEffectiveBy }, now }: { apiKey: ApiKey; now: number }) =>
  revokedAt !== null && (
    <Receipt committedAt={revokedAt} effectiveBy={revokedEffectiveBy ?? revokedAt} now={now} what="dead everywhere" />
  )

const Actions = ({ apiKey: key, now }: { apiKey: ApiKey; now: number }) => {
  const here = pathOf(key)
  const status = statusOf(key, now)
  if (status === 'revoked') return null
  return (
    <>
      <ActionLink href={`${here}/edit`} dialog>
        Edit
      </ActionLink>
      {status === 'active' && (
        <ActionLink href={`${here}/rotate`} dialog>
          Rotate
        </ActionLink>
      )}
      {kindOf(key.id) === 'credential' && (
        <ActionLink href={`${here}/end-tokens`} dialog>
          End access tokens
        </ActionLink>
      )}
      {kindOf(key.id) === 'key' && (
        <form method="post" action={`${here}/enabled`}>
          <input type="hidden" name="enabled" value={String(!key.enabled)} />
          <input type="hidden" name="ifMatch" value={etagOf({ revision: key.revision })} />
          <button class="button" type="submit">
            {key.enabled ? 'Disable' : 'Enable'}
          </button>
        </form>
      )}
      <ActionLink href={`${here}/revoke`} dialog danger>
        Revoke
      </ActionLink>
    </>
  )
}

const Panel = ({ title, children }: { title: string; children?: Child }) => (
  <section class="panel-box">
    <h2 class="title is-5">{title}</h2>
    {children}
  </section>
)

const Details = ({ apiKey: key, now }: { apiKey: ApiKey; now: number }) => (
  <Panel title="Details">
    <dl class="details">
      <dt>Status</dt>
      <dd>
        <Status status={statusOf(key, now)} />
        {key.revokedReason !== null && <span class="is-quiet"> {REASON_TEXT[key.revokedReason]}</span>}
      </dd>
      <dt>Scopes</dt>
      <dd>
        <Scopes scopes={key.scopes} />
      </dd>
      {kindOf(key.id) === 'key' && (
        <>
          <dt>Owner</dt>
          <dd>{key.ownerId === null ? <span class="is-quiet">–</span> : <Name>{key.ownerId}</Name>}</dd>
          <dt>Expires</dt>
          <dd>
            <Time at={key.expiresAt} none="never" />
          </dd>
        </>
      )}
      <dt>Last used</dt>
      <dd>
        <Time at={key.lastUsedAt} none="never" />
      </dd>
      <dt>Created</dt>
      <dd>
        <Time at={key.createdAt} /> <span class="is-quiet">by {key.createdBy}</span>
      </dd>
      <dt>{kindOf(key.id) === 'key' ? 'Id' : 'Client id'}</dt>
      <dd>
        <CopyText what="id">{key.id}</CopyText>
      </dd>
      {Object.keys(key.metadata).length > 0 && (
        <>
          <dt>Metadata</dt>
          <dd>
            <pre class="metadata" tabindex={0}>
              {JSON.stringify(key.metadata, null, 2)}
            </pre>
          </dd>
        </>
      )}
    </dl>
  </Panel>
)

const Secrets = ({ apiKey: key }: { apiKey: ApiKey }) => (
  <Panel title="Secrets">
    <ul class="secrets">
      {key.secrets.map(({ prefix, createdAt, expiresAt }, index) => (
        <li>
          <code class="prefix">{prefix}</code>
          <span class="tag">{index === 0 ? 'newest' : 'ends soon'}</span>
          <p class="is-quiet">
            created <Time at={createdAt} />
            {expiresAt !== null && (
              <>
                , works until <Time at={expiresAt} />
              </>
            )}
          </p>
        </li>
      ))}
    </ul>
    <p class="help">
      {key.revokedAt !== null
        ? 'None of these secrets works any more.'
        : key.secrets.length > 1
          ? 'Both secrets work for now. Replace the old one wherever it is used before it ends.'
          : `Keyward keeps only a hash of the secret. If you lost it, rotate: the ${wordsOf(key).noun} keeps its id, scopes and history.`}
    </p>
  </Panel>
)

const History = ({ events, apiKey }: { events: AuditEvent[]; apiKey: ApiKey }) => (
  <Panel title="Recent events">
    <ul class="events">
      {events.map(({ at, action, actor }) => (
        <li>
          <code>{action}</code>
          <span>
            by <Name>{actor.name}</Name>
          </span>
          <Time at={at} />
        </li>
      ))}
    </ul>
    <a href={`/console/audit-log?keyId=${apiKey.id}`}>See all events in the audit log</a>
  </Panel>
)
