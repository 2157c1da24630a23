// What the forms of the settings do when they are sent. A refused form is shown in its section, with the others as they are.
import { invalidField } from '../../core/problem.ts'
import { environmentEditSchema, environmentRevocationSchema } from '../../http/environment-schema.ts'
import { toTimestamp } from '../../http/timestamps.ts'
import { editEnvironment } from '../../service/environments.ts'
import { deleteEnvironment, revokeEnvironmentKeys } from '../../service/revoke-environment.ts'
import { Receipt } from '../components/receipt.tsx'
import { pathOfTab } from '../environment-tabs.tsx'
import { type Form, parseWith, requireName } from '../form.ts'
import { defineFormAction } from '../form-page.tsx'
import { MOMENT_FAULT, parseMoment } from '../moments.ts'
import { goTo, placeInEnvironment, showPage } from '../page.tsx'
import { loadEnvironment } from '../request.ts'
import { DELETE, REVOKE_KEYS } from './danger.tsx'
import { SCOPES } from './scopes.tsx'
import { BROWSERS, FRESHNESS, GENERAL } from './sections.tsx'
import { createSettingsPage, SETTINGS } from './settings-page.tsx'

export const editSettingsPages = [GENERAL, SCOPES, FRESHNESS, BROWSERS].map((section) =>
  defineFormAction(`${SETTINGS}/${section.id}`, {
    right: section.right,
    load: loadEnvironment,
    redraw: section.redraw,
    saved: ({ environment }) => section.blank(environment),
    parse: (form, { environment }) => ({
      edit: parseWith(environmentEditSchema, section.read(form, environment)),
      ifMatch: form.text('ifMatch'),
    }),
    submit: (c, { environment }, { edit, ifMatch }) =>
      editEnvironment(c.var.deps, c.var.caller, environment.id, edit, {
        ifMatch,
        ownOrigin: new URL(c.req.url).origin,
      }),
    view: (c, loaded, shown) => createSettingsPage(c, loaded, { section, ...shown }),
    done: (c, { environment }) => goTo(c, pathOfTab(environment, 'settings'), section.saved),
  }),
)

export const revokeKeysPages = defineFormAction(`${SETTINGS}/${REVOKE_KEYS.id}`, {
  right: REVOKE_KEYS.right,
  load: loadEnvironment,
  parse(form, { environment: { id, name } }) {
    requireName(form, 'confirmRevocation', { id, name, noun: 'environment' })
    return parseWith(environmentRevocationSchema, {
      reason: form.text('reason'),
      note: form.optional('note'),
      issuedBefore: readMoment(form, 'issuedBefore'),
    })
  },
  // Sent again, as by loading the answer again, it would revoke the keys that were created in place of the revoked ones.
  once: {
    pathOf: (_revoked, { environment }) => pathOfTab(environment, 'keys'),
    listOf: ({ environment }) => pathOfTab(environment, 'keys'),
    again: 'Nothing was revoked a second time: keys that were created or rotated since then keep working.',
  },
  submit: (c, { environment }, revocation) =>
    revokeEnvironmentKeys(c.var.deps, c.var.caller, environment.id, revocation),
  view: (c, loaded, shown) => createSettingsPage(c, loaded, { section: REVOKE_KEYS, ...shown }),
  done: (c, loaded, { revokedKeys, receipt }) =>
    showPage(
      c,
      placeInEnvironment(loaded, {
        tab: 'settings',
        title: 'The keys are revoked',
        crumbs: [{ href: pathOfTab(loaded.environment, 'settings'), text: 'Settings' }],
        narrow: true,
        content: (
          <Receipt {...receipt} now={c.var.deps.clock()} what="dead everywhere">
            <p>{revokedKeys === null ? 'The keys are still being counted.' : `Keys revoked: ${revokedKeys}.`}</p>
            <a class="button" href={pathOfTab(loaded.environment, 'keys')}>
              See the keys
            </a>
          </Receipt>
        ),
      }),
    ),
})

/** The moment in the form of the API's bodies; undefined for an empty field. @throws {Problem} invalid_request */
function readMoment(form: Form, name: string): string | undefined {
  if (form.text(name) === '') return undefined
  const moment = parseMoment(form.text(name))
  if (moment === null) throw invalidField(name, MOMENT_FAULT)
  return toTimestamp(moment)
}

export const deleteEnvironmentPages = defineFormAction(`${SETTINGS}/${DELETE.id}`, {
  right: DELETE.right,
  load: loadEnvironment,
  parse: (form, { environment: { id, name } }) => requireName(form, 'confirm', { id, name, noun: 'environment' }),
  submit: (c, { environment: { id, name } }) => deleteEnvironment(c.var.deps, c.var.caller, id, { confirm: name }),
  view: (c, loaded, shown) => createSettingsPage(c, loaded, { section: DELETE, ...shown }),
  done: (c, { environment, project }) =>
    goTo(
      c,
      `/console/projects/${project.id}`,
      `Environment “${environment.name}” is deleted, and its keys are revoked.`,
    ),
})
