// The pages of the settings of an environment.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { invalidField, type Problem } from '../core/problem.ts'
import { environmentEditSchema, environmentRevocationSchema } from '../http/environment-schema.ts'
import { editEnvironment } from '../service/environments.ts'
import { deleteEnvironment, revokeEnvironmentKeys } from '../service/revoke-environment.ts'
import { CopyText } from './components/command.tsx'
import { Receipt } from './components/receipt.tsx'
import { intentOf } from './components/rows.tsx'
import { type ConsoleContext, type ConsoleEnv, may } from './console-env.ts'
import { type Form, parseWith, readForm, tryForm } from './form.ts'
import { environmentPage, goTo, type PageStatus } from './page.tsx'
import { loadEnvironment, type Place } from './place.ts'
import { Delete, RevokeAll } from './settings/danger.tsx'
import { EDITS, revocationIn, type SectionName, storedForm } from './settings/forms.ts'
import { catalogueOf, type ScopeRow, scopeRowsIn, scopeRowsOf } from './settings/scope-rows.tsx'
import { Browsers, Facts, Freshness, General, ScopeCatalogueForm, Section } from './settings/sections.tsx'

export const settingsPages = new Hono<ConsoleEnv>()

const PATH = '/console/environments/:environmentId/settings'
const baseOf = ({ environment }: Place) => `/console/environments/${environment.id}/settings`

settingsPages.get(PATH, async (c) => settingsPage(c, await loadEnvironment(c), null))

settingsPages.get(`${PATH}/:section`, async (c) => goTo(c, baseOf(await loadEnvironment(c))))

for (const section of ['general', 'freshness', 'browsers'] as const) {
  settingsPages.post(`${PATH}/${section}`, async (c) => {
    const place = await loadEnvironment(c)
    const form = await readForm(c)
    const saved = await tryForm(() => edit(c, place, EDITS[section](form)))
    if (!saved.done) return settingsPage(c, place, { section, form, problem: saved.problem }, saved.status)
    return goTo(c, baseOf(place), 'The settings are saved.')
  })
}

settingsPages.post(`${PATH}/scopes`, async (c) => {
  const place = await loadEnvironment(c)
  const form = await readForm(c)
  const intent = intentOf(form.text('intent'))
  if (!intent.save) {
    const kept = scopeRowsIn(form, intent.remove === undefined ? {} : { without: intent.remove })
    const rows = intent.add ? [...kept, { name: '', description: '', required: false }] : kept
    return settingsPage(c, place, { section: 'scopes', rows, problem: null })
  }
  const rows = scopeRowsIn(form)
  const saved = await tryForm(() => edit(c, place, { scopes: catalogueOf(rows) }))
  if (!saved.done) return settingsPage(c, place, { section: 'scopes', rows, problem: saved.problem }, saved.status)
  return goTo(c, baseOf(place), 'The scopes are saved.')
})

settingsPages.post(`${PATH}/revoke-keys`, async (c) => {
  const { deps, caller } = c.var
  const place = await loadEnvironment(c)
  const { id, name } = place.environment
  const form = await readForm(c)
  const revoked = await tryForm(async () => {
    if (form.text('confirmRevocation') !== name.trim()) throw invalidField('confirmRevocation', NOT_ITS_NAME)
    return revokeEnvironmentKeys(deps, caller, id, parseWith(environmentRevocationSchema, revocationIn(form)))
  })
  if (!revoked.done) {
    return settingsPage(c, place, { section: 'revoke-keys', form, problem: revoked.problem }, revoked.status)
  }
  const { revokedKeys, receipt } = revoked.value
  return environmentPage(
    c,
    place,
    'settings',
    { title: 'The keys are revoked', crumbs: [{ href: baseOf(place), text: 'Settings' }], narrow: true },
    <Receipt {...receipt} now={deps.clock()} what="dead everywhere">
      <p>{revokedKeys === null ? 'How many they are is being counted.' : `Keys revoked: ${revokedKeys}.`}</p>
      <a class="button" href={`/console/environments/${id}/keys`}>
        To the keys
      </a>
    </Receipt>,
  )
})

settingsPages.post(`${PATH}/delete`, async (c) => {
  const place = await loadEnvironment(c)
  const { id, name } = place.environment
  const form = await readForm(c)
  // Forms are read without the blanks around a field, which a name may have.
  const confirm = form.text('confirm') === name.trim() ? name : form.text('confirm')
  const deleted = await tryForm(() => deleteEnvironment(c.var.deps, c.var.caller, id, { confirm }))
  if (!deleted.done)
    return settingsPage(c, place, { section: 'delete', form, problem: deleted.problem }, deleted.status)
  return goTo(
    c,
    `/console/projects/${place.project.id}`,
    `The environment “${name}” is deleted, and its keys are revoked.`,
  )
})

const edit = async (c: ConsoleContext, { environment }: Place, wanted: object) =>
  editEnvironment(c.var.deps, c.var.caller, environment.id, parseWith(environmentEditSchema, wanted))

/** The section that was sent and not taken, as it was sent. */
type Refused =
  | { section: SectionName; form: Form; problem: Problem | null }
  | { section: 'scopes'; rows: ScopeRow[]; problem: Problem | null }

function settingsPage(c: ConsoleContext, place: Place, refused: Refused | null, status: PageStatus = 200) {
  const base = baseOf(place)
  const { environment } = place
  const filled = (section: SectionName) =>
    refused?.section === section ? refused : { form: storedForm(section, environment), problem: null }
  const danger = (section: SectionName) => ({ base, environment, ...filled(section) })
  const mayEdit = may(c, 'environments.write')
  const scopes = refused?.section === 'scopes' ? refused : { rows: scopeRowsOf(environment.scopes), problem: null }
  const editable: Child = mayEdit ? (
    <>
      <Section id="general" title="Name">
        <General base={base} {...filled('general')} />
      </Section>
      <Section id="scopes" title="Scopes">
        <ScopeCatalogueForm base={base} {...scopes} />
      </Section>
      <Section id="freshness" title="How fresh answers are">
        <Freshness base={base} {...filled('freshness')} />
      </Section>
      <Section id="browsers" title="Web pages">
        <Browsers base={base} {...filled('browsers')} />
      </Section>
    </>
  ) : (
    <Section id="general" title="Settings">
      <Facts environment={environment} />
      <p class="help">Only an admin changes these.</p>
    </Section>
  )
  return environmentPage(
    c,
    place,
    'settings',
    { title: 'Settings', narrow: true },
    <>
      <p class="settings-id">
        Environment <CopyText what="environment id">{environment.id}</CopyText>
      </p>
      {editable}
      <Section id="revoke-keys" title="Revoke all keys of a time">
        <RevokeAll {...danger('revoke-keys')} />
      </Section>
      {mayEdit && (
        <Section id="delete" title="Delete the environment">
          <Delete {...danger('delete')} />
        </Section>
      )}
    </>,
    status,
  )
}

const NOT_ITS_NAME = "must be the environment's name"
