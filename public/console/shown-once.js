// @ts-check
// A token that is shown once. Its dialog or page can be closed only after the token was copied, and the token is
// removed from the page when the page is left.
import { announce, dialog, findAll, sendRequest } from './page.js'

/**
 * Replaces the link that closes by a button, disabled until the token was copied. Without script the link stays.
 * @param {HTMLElement} once
 */
export function lockUntilCopied(once) {
  const link = once.querySelector('a[data-close]')
  const token = once.querySelector('[data-token]')
  if (!(link instanceof HTMLAnchorElement) || !(token instanceof HTMLElement)) return
  const button = document.createElement('button')
  button.type = 'button'
  button.className = link.className
  button.textContent = link.textContent
  button.dataset['close'] = ''
  button.dataset['href'] = link.href
  button.disabled = true
  const hint = once.querySelector('[data-gate-hint]')
  if (hint instanceof HTMLElement) {
    hint.hidden = false
    button.setAttribute('aria-describedby', hint.id)
  }
  link.replaceWith(button)
  once.dataset['locked'] = ''
  for (const copy of findAll(once, '[data-copy-token], [data-copy-with-token], [data-download-with-token]'))
    copy.hidden = false
  // By keyboard: Tab to the token selects it, Ctrl+C copies it.
  token.addEventListener('focus', () => selectContent(token))
}

export const isLocked = () => document.querySelector('[data-once][data-locked]') !== null

/** Lets the dialog or page be closed: the token was copied. */
export function unlock() {
  const once = document.querySelector('[data-once][data-locked]')
  if (!(once instanceof HTMLElement)) return
  delete once.dataset['locked']
  const button = once.querySelector('button[data-close]')
  if (button instanceof HTMLButtonElement) {
    button.disabled = false
    button.removeAttribute('aria-describedby')
  }
  const hint = once.querySelector('[data-gate-hint]')
  if (hint instanceof HTMLElement) hint.hidden = true
}

/** Tells somebody who tried to close the dialog why it stays open. */
export function explainLock() {
  const hint = document.querySelector('[data-once] [data-gate-hint]')
  hint?.classList.remove('is-nudged')
  requestAnimationFrame(() => hint?.classList.add('is-nudged'))
  announce('Copy it first: it cannot be shown again.')
}

/** The token on this page; empty when there is none. */
export const readToken = () => document.querySelector('[data-once] [data-token]')?.textContent?.trim() ?? ''

/** @param {HTMLElement} element */
export function selectContent(element) {
  const range = document.createRange()
  range.selectNodeContents(element)
  const selection = getSelection()
  selection?.removeAllRanges()
  selection?.addRange(range)
}

/**
 * Asks every few seconds whether the key has been used, and turns the line green once it has.
 * @param {HTMLElement} line
 */
export async function waitForFirstUse(line) {
  line.hidden = false
  for (let asked = 0; asked < 200 && line.isConnected; asked += 1) {
    await new Promise((resolve) => setTimeout(resolve, asked < 60 ? 2000 : 5000))
    if (document.hidden || !line.isConnected) continue
    const response = await sendRequest(line.dataset['firstUse'] ?? '', {})
    const used = response?.ok ? (await response.json()).lastUsedAt : null
    if (used === null) continue
    line.classList.add('is-used')
    line.textContent = 'The key was used: it works.'
    return announce('The key was used: it works.')
  }
}

document.addEventListener('copy', () => {
  const token = readToken()
  if (token !== '' && String(document.getSelection()).includes(token)) unlock()
})
addEventListener('beforeunload', (event) => {
  if (isLocked()) event.preventDefault()
})
// The browser may keep a page that is left, to show it again on Back. It must not keep the token.
addEventListener('pagehide', () => {
  for (const once of findAll(document, '[data-once]')) once.remove()
  if (dialog?.open) dialog.close()
})
