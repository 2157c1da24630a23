// @ts-check
// What script adds to a piece of a page, whether it came with the page or was loaded into the dialog.
import { requireConfirmation, summariseNewKey } from './forms.js'
import { findAll } from './page.js'
import { lockUntilCopied, waitForFirstUse } from './shown-once.js'
import { countDown, localiseTime } from './time.js'

/** @param {ParentNode} root */
export function enhance(root) {
  for (const time of findAll(root, 'time[data-time]')) localiseTime(time)
  for (const button of findAll(root, '[data-copy-text], [data-back]')) button.hidden = false
  for (const receipt of findAll(root, '[data-countdown]')) countDown(receipt)
  for (const input of findAll(root, 'input[data-expected]'))
    requireConfirmation(/** @type {HTMLInputElement} */ (input))
  for (const form of findAll(root, 'form[data-key-form]')) summariseNewKey(/** @type {HTMLFormElement} */ (form))
  for (const line of findAll(root, '[data-first-use]')) waitForFirstUse(line)
  const once = root.querySelector('[data-once]')
  if (once instanceof HTMLElement) lockUntilCopied(once)
}
