// A new secret for the same key, shown once; the one before goes on working for as long as is chosen.
import { Hono } from 'hono'
import { type ApiKey, kindOf } from '../../core/api-key.ts'
import type { Problem } from '../../core/problem.ts'
import { rotationSchema } from '../../http/key-schema.ts'
import { getKey, rotateKey } from '../../service/keys.ts'
import { Faults, FormButtons, OneTimeId, RadioField } from '../components/field.tsx'
import { Name, Time } from '../components/text.tsx'
import type { ConsoleContext, ConsoleEnv } from '../console-env.ts'
import { blankForm, claimForm, type Form, parseWith, readForm, tryForm } from '../form.ts'
import { environmentPage, type PageStatus } from '../page.tsx'
import { loadEnvironment } from '../place.ts'
import { alreadySent, shownOnce } from '../shown-once.tsx'
import { EnvironmentFile } from './environment-file.tsx'
import { ONE_KEY, pathOf, wordsFor } from './kinds.ts'

export const rotateKeyPages = new Hono<ConsoleEnv>()

rotateKeyPages.get(`${ONE_KEY}/rotate`, async (c) => {
  const key = await getKey(c.var.deps, c.var.caller, c.req.param('keyId'))
  return rotatePage(c, key, blankForm({ overlapSeconds: '86400' }), null)
})

rotateKeyPages.post(`${ONE_KEY}/rotate`, async (c) => {
  const { deps, caller } = c.var
  const form = await readForm(c)
  const key = await getKey(deps, caller, c.req.param('keyId'))
  const outcome = await tryForm(async () => {
    const input = parseWith(rotationSchema, { overlapSeconds: Number(form.text('overlapSeconds') || Number.NaN) })
    const claim = await claimForm(c, form)
    return claim.first ? { ...claim, ...(await rotateKey(deps, caller, key.id, input)) } : claim
  })
  if (!outcome.done) return rotatePage(c, key, form, outcome.problem, outcome.status)
  const here = pathOf(key)
  const head = { title: 'Rotate', section: 'projects' as const, crumbs: [{ href: here, text: key.name }] }
  if (!outcome.value.first) return alreadySent(c, head, { outcome: outcome.value.outcome, list: here })

  const { token, previous, done } = outcome.value
  deps.background(done(here))
  return shownOnce(c, {
    head: { ...head, title: `The ${wordsFor(key).noun} has a new secret` },
    token,
    what: wordsFor(key).secret,
    back: here,
    children: (
      <>
        <p>
          The secret before, <code class="prefix">{previous.prefix}</code>,{' '}
          {previous.expiresAt <= deps.clock() ? (
            'does not work any more.'
          ) : (
            <>
              works until <Time at={previous.expiresAt} />.
            </>
          )}
        </p>
        {kindOf(key.id) === 'credential' && <EnvironmentFile credential={key} />}
      </>
    ),
  })
})

async function rotatePage(
  c: ConsoleContext,
  key: ApiKey,
  form: Form,
  problem: Problem | null,
  status: PageStatus = 200,
) {
  const here = pathOf(key)
  return environmentPage(
    c,
    await loadEnvironment(c, key.environmentId),
    wordsFor(key).collection,
    { title: `Rotate ${wordsFor(key).noun}`, crumbs: [{ href: here, text: key.name }], narrow: true },
    <form method="post" action={`${here}/rotate`}>
      <Faults problem={problem} />
      <OneTimeId />
      <p>
        <Name>{key.name}</Name> gets a new secret, and keeps its id, its scopes and its history.
        {key.secrets.length > 1 && ' The older of its two secrets ends at once.'}
      </p>
      <fieldset class="field" id="field-overlapSeconds">
        <legend class="label">The secret of now works for</legend>
        {OVERLAPS.map(({ value, label, hint }) => (
          <RadioField
            name="overlapSeconds"
            value={value}
            checked={form.text('overlapSeconds') === value}
            label={label}
            hint={hint}
          />
        ))}
      </fieldset>
      <FormButtons submit="Rotate" back={here} />
    </form>,
    status,
  )
}

const OVERLAPS = [
  { value: '0', label: 'No longer', hint: 'It ends at once. For a key that leaked.' },
  { value: '3600', label: '1 hour', hint: 'For one deployment.' },
  { value: '86400', label: '1 day', hint: 'For several places to change.' },
  { value: '604800', label: '7 days', hint: 'For a key in the hands of others.' },
] as const
