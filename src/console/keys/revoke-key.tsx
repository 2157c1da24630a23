// Revoking for good: the name is typed, and it is said beforehand when it will hold.
import { Hono } from 'hono'
import { type ApiKey, kindOf, REVOCATION_REASONS } from '../../core/api-key.ts'
import type { Environment } from '../../core/environment.ts'
import { invalidField, type Problem } from '../../core/problem.ts'
import { revocationSchema } from '../../http/key-schema.ts'
import { getKey } from '../../service/keys.ts'
import { revokeKey } from '../../service/revoke-key.ts'
import { ConfirmField, Faults, FormButtons, SelectField, TextField } from '../components/field.tsx'
import { Receipt } from '../components/receipt.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { blankForm, type Form, parseWith, readForm, tryForm } from '../form.ts'
import { environmentPage, goTo, type PageStatus } from '../page.tsx'
import { loadEnvironment } from '../place.ts'
import { ONE_KEY, pathOf, wordsFor } from './kinds.ts'
import { REASON_TEXT } from './reasons.ts'

export const revokeKeyPages = new Hono<ConsoleEnv>()

revokeKeyPages.get(`${ONE_KEY}/revoke`, async (c) => {
  const key = await getKey(c.var.deps, c.var.caller, c.req.param('keyId'))
  return revokePage(c, key, blankForm({ reason: 'unspecified' }), null)
})

revokeKeyPages.post(`${ONE_KEY}/revoke`, async (c) => {
  const { deps, caller } = c.var
  const form = await readForm(c)
  const key = await getKey(deps, caller, c.req.param('keyId'))
  const outcome = await tryForm(async () => {
    if (form.text('confirm') !== key.name.trim())
      throw invalidField('confirm', `must be the ${wordsFor(key).noun}'s name`)
    const revocation = parseWith(revocationSchema, { reason: form.optional('reason'), note: form.optional('note') })
    return revokeKey(deps, caller, key.id, revocation)
  })
  if (!outcome.done) return revokePage(c, key, form, outcome.problem, outcome.status)
  const { receipt } = outcome.value
  if (receipt.recorded === 'recorded') return goTo(c, pathOf(key), `The ${wordsFor(key).noun} is revoked.`)

  // The database may not know it yet, so the key's own page may not say it.
  return environmentPage(
    c,
    await loadEnvironment(c, key.environmentId),
    wordsFor(key).collection,
    { title: `The ${wordsFor(key).noun} is revoked`, crumbs: [{ href: pathOf(key), text: key.name }], narrow: true },
    <Receipt {...receipt} now={deps.clock()} what="dead everywhere" />,
  )
})

async function revokePage(
  c: ConsoleContext,
  key: ApiKey,
  form: Form,
  problem: Problem | null,
  status: PageStatus = 200,
) {
  const here = pathOf(key)
  const place = await loadEnvironment(c, key.environmentId)
  return environmentPage(
    c,
    place,
    wordsFor(key).collection,
    { title: `Revoke ${wordsFor(key).noun}`, crumbs: [{ href: here, text: key.name }], narrow: true },
    <form method="post" action={`${here}/revoke`}>
      <Faults problem={problem} />
      <div class="notification is-danger is-light">
        <p>
          <strong>This is final.</strong> {whenEffective(place.environment)}{' '}
          {kindOf(key.id) === 'key'
            ? 'To stop it for a while, disable it instead.'
            : 'The access tokens issued for it end with it.'}
        </p>
      </div>
      <SelectField
        name="reason"
        label="Reason"
        value={form.text('reason')}
        problem={problem}
        options={REVOCATION_REASONS.map((value) => ({ value, text: REASON_TEXT[value] }))}
      />
      <TextField
        name="note"
        label="Note"
        value={form.text('note')}
        problem={problem}
        maxlength={500}
        hint="Kept in the audit log."
        optional
      />
      <ConfirmField name="confirm" expected={key.name} what="revoke it" problem={problem} />
      <FormButtons submit={`Revoke ${wordsFor(key).noun}`} back={here} danger />
    </form>,
    status,
  )
}

function whenEffective({ bounds: { maxStalenessMs, onUnknown } }: Environment): string {
  const within = maxStalenessMs === 0 ? 'at once' : `within ${maxStalenessMs / 1000} s`
  const grace =
    onUnknown === 'deny' ? '' : `, and only while the ledger is out of reach up to ${onUnknown.graceSeconds} s later`
  return `Every verification everywhere says no ${within} of your click${grace}.`
}
