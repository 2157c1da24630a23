// Revoking a key of either kind. It is final, so its name must be typed, and the form says beforehand when it takes effect.
import { type ApiKey, kindOf } from '../../core/api-key.ts'
import type { Environment } from '../../core/environment.ts'
import { revocationSchema } from '../../http/key-schema.ts'
import { getKey } from '../../service/keys.ts'
import { revokeKey } from '../../service/revoke-key.ts'
import { ConfirmField } from '../components/field.tsx'
import { PostForm } from '../components/form.tsx'
import { Receipt } from '../components/receipt.tsx'
import { RevocationFields } from '../components/revocation-fields.tsx'
import { formatSeconds } from '../components/text.tsx'
import { confirmationOf, parseWith, requireName } from '../form.ts'
import { defineFormPage, type ShownForm } from '../form-page.tsx'
import { ONE_KEY, pathOf, wordsOf } from '../key-kinds.ts'
import { goTo, placeInEnvironment, showPage } from '../page.tsx'
import { loadEnvironment, readParam } from '../request.ts'

export const revokeKeyPages = defineFormPage(`${ONE_KEY}/revoke`, {
  right: 'keys',
  load: (c) => getKey(c.var.deps, c.var.caller, readParam(c, 'keyId')),
  blank: () => ({ reason: 'unspecified' }),
  parse(form, key) {
    requireName(form, 'confirm', { ...key, noun: wordsOf(key).noun })
    return parseWith(revocationSchema, { reason: form.optional('reason'), note: form.optional('note') })
  },
  submit: (c, { id }, revocation) => revokeKey(c.var.deps, c.var.caller, id, revocation),
  view: async (c, key, shown) => {
    const { environment, project } = await loadEnvironment(c, key.environmentId)
    return placeInEnvironment(
      { environment, project },
      {
        ...createHead(key),
        title: `Revoke ${wordsOf(key).noun}`,
        content: <RevokeForm apiKey={key} environment={environment} {...shown} />,
      },
    )
  },
  async done(c, key, { receipt }) {
    if (key.revokedAt !== null) return goTo(c, pathOf(key), alreadyRevoked(wordsOf(key).noun))
    if (receipt.recorded === 'recorded') return goTo(c, pathOf(key), `The ${wordsOf(key).noun} is revoked.`)
    // The page of the key reads the database, which may not have recorded the revocation yet. The receipt is shown here.
    return showPage(
      c,
      placeInEnvironment(await loadEnvironment(c, key.environmentId), {
        ...createHead(key),
        title: `The ${wordsOf(key).noun} is revoked`,
        content: <Receipt {...receipt} now={c.var.deps.clock()} what="dead everywhere" />,
      }),
    )
  },
})

const alreadyRevoked = (noun: string) =>
  `The ${noun} was revoked before. The reason and note given then stay as they are.`

const createHead = (key: ApiKey) => ({
  tab: wordsOf(key).collection,
  crumbs: [{ href: pathOf(key), text: key.name }],
  narrow: true,
})

type RevokeFormProps = ShownForm & { apiKey: ApiKey; environment: Environment }

const RevokeForm = ({ apiKey: key, environment, form, problem }: RevokeFormProps) => (
  <PostForm
    action={`${pathOf(key)}/revoke`}
    problem={problem}
    submit={`Revoke ${wordsOf(key).noun}`}
    back={pathOf(key)}
    danger
  >
    <div class="notification is-danger is-light">
      <p>
        <strong>You cannot undo this.</strong> {describeEffect(environment)}{' '}
        {kindOf(key.id) === 'key'
          ? 'To stop it for a while, disable it instead.'
          : 'The access tokens issued for it stop working too.'}
      </p>
    </div>
    <RevocationFields form={form} problem={problem} />
    <ConfirmField name="confirm" expected={confirmationOf(key)} what="revoke it" problem={problem} />
  </PostForm>
)

function describeEffect({ bounds: { maxStalenessMs, onUnknown } }: Environment): string {
  const within = maxStalenessMs === 0 ? 'at once' : `within ${formatSeconds(maxStalenessMs)}`
  const effect = `It stops working everywhere ${within}.`
  if (onUnknown === 'deny') return effect
  return `${effect} While the ledger cannot be reached, it may still be let in for up to ${onUnknown.graceSeconds} s more.`
}
