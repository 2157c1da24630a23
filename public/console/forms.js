// @ts-check
// Forms that respond while they are filled in: a name typed to confirm, and the summary of a new key.
import { findAll } from './page.js'

/** Disables the button until the expected name has been typed. @param {HTMLInputElement} input */
export function requireConfirmation(input) {
  const button = input.form?.querySelector('button[type=submit]')
  if (!(button instanceof HTMLButtonElement)) return
  const check = () => {
    button.disabled = input.value.trim() !== (input.dataset['expected'] ?? '').trim()
  }
  input.addEventListener('input', check)
  check()
}

/** Keeps one sentence up to date that says what the key will be allowed. @param {HTMLFormElement} form */
export function summariseNewKey(form) {
  const output = form.querySelector('[data-summary]')
  if (output === null) return
  const update = () => {
    output.textContent = `This key ${describeScopes(form)} in ${form.dataset['place'] ?? ''}, ${describeExpiry(form)}.`
  }
  form.addEventListener('input', update)
  form.querySelector('input[name=expiresOn]')?.addEventListener('input', () => {
    const byDate = form.querySelector('input[name=expiry][value=date]')
    if (byDate instanceof HTMLInputElement) byDate.checked = true
    update()
  })
  update()
}

/** @param {HTMLFormElement} form */
function describeScopes(form) {
  const scopes = findAll(form, 'input[name=scopes]:checked').map((box) => /** @type {HTMLInputElement} */ (box).value)
  if (scopes.length === 0) return 'holds no scope: it proves who calls and opens nothing'
  return `may use ${new Intl.ListFormat('en', { type: 'conjunction' }).format(scopes)}`
}

/** @param {HTMLFormElement} form */
function describeExpiry(form) {
  const expiry = form.querySelector('input[name=expiry]:checked')
  const day = form.querySelector('input[name=expiresOn]')
  return expiry instanceof HTMLInputElement && expiry.value === 'date' && day instanceof HTMLInputElement
    ? `until the end of ${day.value || 'the day you choose'} (UTC)`
    : (expiry instanceof HTMLElement && expiry.dataset['until']) || ''
}
