// @ts-check
// What every other module uses: the dialog of the page, finding elements, sending requests, announcing.

/** The one dialog of the page. Null before sign-in, where no page has one. */
export const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById('dialog'))

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement[]} */
export function findAll(root, selector) {
  return [...root.querySelectorAll(selector)].filter((element) => element instanceof HTMLElement)
}

/**
 * Sends a request to the console, which then answers with the content of a page, without the frame around it.
 * Resolves to null when there is no answer.
 * @param {string} address @param {RequestInit} init @returns {Promise<Response | null>}
 */
export const sendRequest = (address, init) =>
  fetch(address, { ...init, headers: FRAGMENT, cache: 'no-store', redirect: 'follow' }).catch(() => null)

const FRAGMENT = { 'Keyward-Fragment': '1' }

/**
 * Shows a text for a few seconds, and has screen readers read it out. While the dialog is open, everything outside it
 * is inert and would not be read out, so the dialog has a live region of its own.
 * @param {string} text
 */
export function announce(text) {
  const place = dialog?.open ? dialog : document.body
  const live = place.querySelector(dialog?.open ? '[data-live]' : ':scope > [data-live]')
  if (live === null) return
  // Emptied first, and filled a moment later: else the same text is not read out a second time.
  live.textContent = ''
  setTimeout(() => {
    live.textContent = text
  }, 50)
  for (const toast of findAll(document, '.toast')) toast.remove()
  const toast = document.createElement('div')
  toast.className = 'toast'
  toast.setAttribute('aria-hidden', 'true')
  toast.textContent = text
  place.append(toast)
  setTimeout(() => toast.remove(), 4000)
}
