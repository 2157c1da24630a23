// Ending every access token that an SDK credential has obtained. The credential goes on working, and obtains new ones.
import type { ApiKey } from '../../core/api-key.ts'
import { isId } from '../../core/ids.ts'
import { notFound } from '../../core/problem.ts'
import { getKey } from '../../service/keys.ts'
import { endAllTokens } from '../../service/token-endings.ts'
import { ConfirmField } from '../components/field.tsx'
import { PostForm } from '../components/form.tsx'
import { formatSeconds, formatSecondsUntil } from '../components/text.tsx'
import type { ConsoleContext } from '../console-env.ts'
import { confirmationOf, requireName } from '../form.ts'
import { defineFormPage, type ShownForm } from '../form-page.tsx'
import { pathOf } from '../key-kinds.ts'
import { goTo, placeInEnvironment } from '../page.tsx'
import { loadEnvironment, readParam } from '../request.ts'

export const endTokensPages = defineFormPage('/console/credentials/:credentialId/end-tokens', {
  right: 'end_tokens',
  load: loadCredential,
  blank: () => ({}),
  parse: (form, credential) => requireName(form, 'confirm', { ...credential, noun: 'credential' }),
  submit: (c, { id }) => endAllTokens(c.var.deps, c.var.caller, id),
  view: async (c, credential, shown) => {
    const loaded = await loadEnvironment(c, credential.environmentId)
    const { maxStalenessMs } = loaded.environment.bounds
    return placeInEnvironment(loaded, {
      tab: 'credentials',
      crumbs: [{ href: pathOf(credential), text: credential.name }],
      narrow: true,
      title: 'End all access tokens',
      content: <EndTokensForm credential={credential} boundMs={maxStalenessMs} {...shown} />,
    })
  },
  done(c, credential, { receipt }) {
    const within = formatSecondsUntil(receipt.effectiveBy, c.var.deps.clock())
    return goTo(c, pathOf(credential), `All access tokens are ended. They stop working everywhere within ${within}.`)
  },
})

/** An API key has no access tokens. */
async function loadCredential(c: ConsoleContext): Promise<ApiKey> {
  const id = readParam(c, 'credentialId')
  if (!isId('credential', id)) throw notFound('credential')
  return getKey(c.var.deps, c.var.caller, id)
}

type EndTokensFormProps = ShownForm & { credential: ApiKey; boundMs: number }

const EndTokensForm = ({ credential, boundMs, problem }: EndTokensFormProps) => (
  <PostForm
    action={`${pathOf(credential)}/end-tokens`}
    problem={problem}
    submit="End all access tokens"
    back={pathOf(credential)}
    danger
  >
    <div class="notification is-danger is-light">
      <p>
        <strong>You cannot undo this.</strong> Every access token that this credential has obtained stops working{' '}
        {boundMs === 0 ? 'at once' : `within ${formatSeconds(boundMs)}`}. The credential itself goes on working: its
        clients obtain a new token with their next request.
      </p>
    </div>
    <ConfirmField name="confirm" expected={confirmationOf(credential)} what="end its access tokens" problem={problem} />
  </PostForm>
)
