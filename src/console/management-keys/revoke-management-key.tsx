// Revoking a management key. It is final, so its name must be typed.
import { getManagementKey, revokeManagementKey } from '../../service/management-keys.ts'
import { ConfirmField } from '../components/field.tsx'
import { PostForm } from '../components/form.tsx'
import { confirmationOf, requireName } from '../form.ts'
import { defineFormPage } from '../form-page.tsx'
import { goTo } from '../page.tsx'
import { readParam } from '../request.ts'
import { MANAGEMENT_KEYS } from './table.tsx'

export const revokeManagementKeyPages = defineFormPage(`${MANAGEMENT_KEYS.href}/:managementKeyId/revoke`, {
  right: 'management_keys',
  load: (c) => getManagementKey(c.var.deps, c.var.caller, readParam(c, 'managementKeyId')),
  blank: () => ({}),
  parse: (form, { id, name }) => requireName(form, 'confirm', { id, name, noun: 'key' }),
  submit: (c, { id }) => revokeManagementKey(c.var.deps, c.var.caller, id),
  view: (c, { id, name }, { problem }) => ({
    title: 'Revoke management key',
    section: 'management-keys',
    crumbs: [MANAGEMENT_KEYS],
    narrow: true,
    content: (
      <PostForm
        action={`${MANAGEMENT_KEYS.href}/${id}/revoke`}
        problem={problem}
        submit="Revoke"
        back={MANAGEMENT_KEYS.href}
        danger
      >
        <p>
          The key stops working everywhere within seconds, and ends the sessions that were opened with it. You cannot
          undo this.
        </p>
        {id === c.var.caller.actor.id && (
          <p class="notification is-warning is-light">
            You are signed in with this key. After revoking it, you have to sign in with another one.
          </p>
        )}
        <ConfirmField name="confirm" what="revoke it" expected={confirmationOf({ id, name })} problem={problem} />
      </PostForm>
    ),
  }),
  done: (c, { name }) => goTo(c, MANAGEMENT_KEYS.href, `Management key “${name}” revoked.`),
})
