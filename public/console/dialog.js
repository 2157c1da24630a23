// @ts-check
// Small pages open in a dialog over the page they were opened from. Without script they are pages of their own.
import { enhance } from './enhance.js'
import { announce, dialog, findAll, sendRequest } from './page.js'
import { explainLock, isLocked } from './shown-once.js'

const dialogBody = dialog?.querySelector('[data-dialog-body]') ?? null

/** What had the focus before the dialog opened; it gets the focus back. @type {Element | null} */
let openedFrom = null

/** @param {string} href */
export async function openDialog(href) {
  const response = await sendRequest(href, {})
  if (response === null || dialog === null) return location.assign(href)
  if (followRedirect(response)) return
  openedFrom = document.activeElement
  await showResponse(response)
  if (!dialog.open) dialog.showModal()
  focusInside()
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
export async function sendFromDialog(form, submitter) {
  const fields = new URLSearchParams()
  for (const [name, value] of new FormData(form, submitter)) if (typeof value === 'string') fields.append(name, value)
  const buttons = findAll(form, 'button[type=submit]')
  for (const button of buttons) button.setAttribute('aria-disabled', 'true')
  form.inert = true
  const response = await sendRequest(form.action, { method: 'POST', body: fields })
  form.inert = false
  for (const button of buttons) button.removeAttribute('aria-disabled')
  if (response === null) return announce('The server did not answer. Reload the page to see whether this was saved.')
  if (followRedirect(response)) return
  await showResponse(response)
  focusInside()
}

/** Goes to the page the server names, as after a form that was saved. @param {Response} response */
function followRedirect(response) {
  const path = response.headers.get('Keyward-Location')
  if (path === null) return false
  location.assign(path)
  return true
}

/** Parses the answer as a document of its own, in which no script runs. @param {Response} response */
async function showResponse(response) {
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  dialogBody?.replaceChildren(...page.body.childNodes)
  if (dialogBody) enhance(dialogBody)
}

function focusInside() {
  const first = ['[data-focus]', '[autofocus]', '#dialog-title'].map((selector) => dialogBody?.querySelector(selector))
  const target = first.find((element) => element instanceof HTMLElement)
  if (target instanceof HTMLElement) target.focus()
}

/** Closes the dialog, unless it shows a token that was not copied yet. */
export function closeDialog() {
  if (isLocked()) return explainLock()
  const leave = dialogBody?.querySelector('[data-once] [data-close]')
  dialog?.close()
  // The page behind does not show the new key yet, so it is loaded again.
  if (leave instanceof HTMLElement) location.assign(leave.dataset['href'] ?? location.href)
}

/** Whether anything was typed or chosen that closing the dialog would lose. */
function isFilledIn() {
  return [...(dialogBody?.querySelectorAll('input, textarea') ?? [])].some((field) =>
    field instanceof HTMLInputElement && (field.type === 'checkbox' || field.type === 'radio')
      ? field.checked !== field.defaultChecked
      : (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) &&
        field.value !== field.defaultValue,
  )
}

dialog?.addEventListener('cancel', (event) => {
  event.preventDefault()
  closeDialog()
})
// A browser closes a dialog at the second Escape even if `cancel` was prevented, unless the key press itself is.
dialog?.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  event.preventDefault()
  closeDialog()
})
dialog?.addEventListener('close', () => {
  dialogBody?.replaceChildren()
  if (openedFrom instanceof HTMLElement) openedFrom.focus()
})
/**
 * Where the pointer was pressed: selecting text and letting go outside the dialog must not close it.
 * @type {EventTarget | null}
 */
let pressed = null
dialog?.addEventListener('pointerdown', (event) => {
  pressed = event.target
})
// A click beside the dialog closes it, but never loses what was typed.
dialog?.addEventListener('click', (event) => {
  if (event.target === dialog && pressed === dialog && !isFilledIn()) closeDialog()
})
