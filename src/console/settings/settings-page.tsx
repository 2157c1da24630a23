// The page of the settings: the sections that a role may change, or what they say.
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { CopyText } from '../components/command.tsx'
import { type ConsoleContext, type ConsoleEnv, may } from '../console-env.ts'
import { pathOfTab } from '../environment-tabs.tsx'
import { createForm } from '../form.ts'
import type { ShownForm } from '../form-page.tsx'
import { goTo, type Page, placeInEnvironment, showPage } from '../page.tsx'
import { type EnvironmentWithProject, loadEnvironment } from '../request.ts'
import { DELETE, REVOKE_KEYS } from './danger.tsx'
import { SCOPES } from './scopes.tsx'
import { BROWSERS, Facts, FRESHNESS, GENERAL, type SettingsSection } from './sections.tsx'

export const SETTINGS = '/console/environments/:environmentId/settings'

export const settingsListPages = new Hono<ConsoleEnv>()

settingsListPages.get(SETTINGS, async (c) => showPage(c, createSettingsPage(c, await loadEnvironment(c))))

settingsListPages.get(`${SETTINGS}/:section`, async (c) => {
  const { environment } = await loadEnvironment(c)
  return goTo(c, pathOfTab(environment, 'settings'))
})

const SECTIONS: readonly SettingsSection[] = [GENERAL, SCOPES, FRESHNESS, BROWSERS, REVOKE_KEYS, DELETE]

/** `refused` is the section whose form was refused or changed, to be shown as it was sent. */
export function createSettingsPage(
  c: ConsoleContext,
  loaded: EnvironmentWithProject,
  refused?: ShownForm & { section: SettingsSection },
): Page {
  const { environment } = loaded
  const base = pathOfTab(environment, 'settings')
  return placeInEnvironment(loaded, {
    tab: 'settings',
    title: 'Settings',
    narrow: true,
    content: (
      <>
        <p class="settings-id">
          Environment <CopyText what="environment id">{environment.id}</CopyText>
        </p>
        {!may(c, 'environments.write') && (
          <Panel id="general" title="Settings">
            <Facts environment={environment} />
            <p class="help">Only an admin can change these settings.</p>
          </Panel>
        )}
        {SECTIONS.filter(({ right }) => may(c, right)).map((section) => {
          const shown =
            refused?.section === section ? refused : { form: createForm(section.blank(environment)), problem: null }
          return (
            <Panel id={section.id} title={section.title}>
              <section.Content base={base} environment={environment} form={shown.form} problem={shown.problem} />
            </Panel>
          )
        })}
      </>
    ),
  })
}

const Panel = ({ id, title, children }: { id: string; title: string; children?: Child }) => (
  <section class="panel-box settings-section" aria-labelledby={`${id}-title`} id={id}>
    <h2 class="title is-5" id={`${id}-title`}>
      {title}
    </h2>
    {children}
  </section>
)
