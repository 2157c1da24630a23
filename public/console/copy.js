// @ts-check
// Buttons that copy a text or a token, and the one that downloads a file with the token in it.
import { announce } from './page.js'
import { readToken, selectContent, unlock } from './shown-once.js'

/** @param {HTMLElement} button */
export async function copyFrom(button) {
  const isToken = button.matches('[data-copy-token], [data-copy-with-token]')
  try {
    await navigator.clipboard.writeText(readTextToCopy(button))
  } catch {
    const token = document.querySelector('[data-once] [data-token]')
    if (isToken && token instanceof HTMLElement) selectContent(token)
    return announce('The browser does not let this page copy. Select the text and copy it.')
  }
  if (isToken) unlock()
  showCopied(button)
  announce('Copied.')
}

/** @param {HTMLElement} button */
function readTextToCopy(button) {
  const before = button.dataset['copyWithToken']
  if (before !== undefined) return addToken(before, button)
  return button.dataset['copyText'] ?? readToken()
}

/**
 * The text with the token at its end, and what follows the token. The text is not searched for a place to put it: somebody else
 * may have written a part of it, such as a path, and could have the token sent elsewhere.
 * @param {string} before @param {HTMLElement} button
 */
const addToken = (before, button) => `${before}${readToken()}${button.dataset['afterToken'] ?? ''}`

/** @param {HTMLElement} button */
function showCopied(button) {
  const label = button.querySelector('[data-copy-label]')
  const before = label?.textContent ?? ''
  if (!label || before === 'Copied') return
  label.textContent = 'Copied'
  button.classList.add('is-copied')
  setTimeout(() => {
    label.textContent = before
    button.classList.remove('is-copied')
  }, 2000)
}

/** The file is made in the browser: the token is not sent to the server again. @param {HTMLElement} button */
export function downloadFrom(button) {
  const link = document.createElement('a')
  const text = addToken(button.dataset['downloadWithToken'] ?? '', button)
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  link.download = button.dataset['file'] ?? 'keyward.env'
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
  unlock()
}
