// @ts-check
// The theme and the width of the menu.
import { findAll, sendRequest } from './page.js'

/**
 * Applies the preference to this page at once, and sends it to the server, which keeps it in a cookie.
 * @param {HTMLFormElement} form @param {HTMLElement} button
 */
export function applyPreference(form, button) {
  const { name, value } = /** @type {HTMLButtonElement} */ (button)
  const root = document.documentElement
  if (name === 'theme') {
    if (value === 'system') root.removeAttribute('data-theme')
    else root.dataset['theme'] = value
    for (const other of findAll(document, 'button[name=theme]'))
      other.setAttribute('aria-pressed', String(/** @type {HTMLButtonElement} */ (other).value === value))
  } else {
    root.dataset['sidebar'] = value
    button.setAttribute('value', value === 'open' ? 'collapsed' : 'open')
    button.setAttribute('aria-expanded', String(value === 'open'))
  }
  void sendRequest(form.action, { method: 'POST', body: new URLSearchParams({ [name]: value }) })
}
