// The settings of an environment as the forms of its sections have them, and back.
import type { Environment } from '../../core/environment.ts'
import { createForm, type Form } from '../form.ts'

export type SectionName = 'general' | 'freshness' | 'browsers' | 'revoke-keys' | 'delete'

/** Half a minute: long enough for an outage to be noticed, short enough to be bearable. */
const USUAL_GRACE_SECONDS = 30

/** The section as it stands. */
export function storedForm(section: SectionName, { name, tag, bounds, browserOrigins }: Environment): Form {
  switch (section) {
    case 'general':
      return createForm({ name, tag })
    case 'freshness': {
      const { onUnknown, maxStalenessMs } = bounds
      return createForm({
        'bounds.maxStalenessMs': String(maxStalenessMs),
        onUnknown: onUnknown === 'deny' ? 'deny' : 'grace',
        graceSeconds: String(onUnknown === 'deny' ? USUAL_GRACE_SECONDS : onUnknown.graceSeconds),
      })
    }
    case 'browsers':
      return createForm({ browserOrigins: browserOrigins.join('\n') })
    case 'revoke-keys':
    case 'delete':
      return createForm()
  }
}

/** What was filled in, for the schema of an edit over the API. */
export const EDITS = {
  general: (form: Form) => ({ name: form.text('name'), tag: form.text('tag') }),
  freshness: (form: Form) => ({
    bounds: {
      maxStalenessMs: numberIn(form, 'bounds.maxStalenessMs'),
      onUnknown: form.text('onUnknown') === 'grace' ? { graceSeconds: numberIn(form, 'graceSeconds') } : 'deny',
    },
  }),
  browsers: (form: Form) => ({
    browserOrigins: form
      .text('browserOrigins')
      .split(/\s+/)
      .filter((origin) => origin !== ''),
  }),
} as const

/** For the schema of a revocation over the API. The field holds a moment in UTC, without saying so. */
export function revocationIn(form: Form) {
  const moment = form.text('issuedBefore')
  return {
    reason: form.text('reason'),
    note: form.optional('note'),
    ...(moment === '' ? {} : { issuedBefore: `${moment}${moment.length === 'YYYY-MM-DDTHH:MM'.length ? ':00' : ''}Z` }),
  }
}

/** Nothing at all is not zero. */
const numberIn = (form: Form, name: string) => (form.text(name) === '' ? undefined : Number(form.text(name)))
