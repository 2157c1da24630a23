// @ts-check
// The script of the console: listens for clicks and forms, and calls the module that handles each. All pages work
// without it, and it stores nothing in the browser. The data-* attributes it reads are listed in docs/console.md.
import { copyFrom, downloadFrom } from './copy.js'
import { closeDialog, openDialog, sendFromDialog } from './dialog.js'
import { enhance } from './enhance.js'
import { dialog, findAll } from './page.js'
import { applyPreference } from './preferences.js'
import { addRow, removeRow } from './rows.js'

document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : null
  if (target === null) return
  const copy = target.closest('[data-copy-text], [data-copy-token], [data-copy-with-token]')
  if (copy instanceof HTMLElement) return void copyFrom(copy)
  const download = target.closest('[data-download-with-token]')
  if (download instanceof HTMLElement) return downloadFrom(download)
  const close = target.closest('button[data-close]')
  if (close instanceof HTMLElement) return closeDialogOrLeave(close)
  if (target.closest('[data-back]')) return history.back()

  const add = target.closest('[data-add-row]')
  if (add instanceof HTMLElement) {
    event.preventDefault()
    return addRow(add)
  }
  const remove = target.closest('[data-remove-row]')
  if (remove instanceof HTMLElement) {
    event.preventDefault()
    return removeRow(remove)
  }

  // With another button or a key held down, a link opens in a tab or a window, as everywhere.
  const isPlain = !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
  if (target.closest('[data-cancel]') && dialog?.open && isPlain) {
    event.preventDefault()
    return closeDialog()
  }
  const link = target.closest('a[data-dialog]')
  if (link instanceof HTMLAnchorElement && isPlain && dialog) {
    event.preventDefault()
    void openDialog(link.href)
  }
})

/** @param {HTMLElement} button */
function closeDialogOrLeave(button) {
  if (dialog?.open) return closeDialog()
  location.replace(button.dataset['href'] ?? '/console')
}

document.addEventListener('submit', (event) => {
  const form = event.target
  const button = event.submitter
  if (!(form instanceof HTMLFormElement)) return
  if (form.dataset['preference'] !== undefined && button) {
    event.preventDefault()
    return applyPreference(form, button)
  }
  if (form.dataset['sent'] !== undefined) return event.preventDefault()
  if (form.method !== 'post' || form.dataset['plain'] !== undefined || !dialog?.open) {
    if (form.method === 'post') form.dataset['sent'] = ''
    return
  }
  event.preventDefault()
  void sendFromDialog(form, button)
})
// A page that the browser kept and shows again on Back can send its forms again.
addEventListener('pageshow', () => {
  for (const form of findAll(document, 'form[data-sent]')) delete form.dataset['sent']
})

document.addEventListener('change', (event) => {
  const field = event.target
  if (field instanceof HTMLSelectElement && field.form?.dataset['filter'] !== undefined) field.form.requestSubmit()
})

enhance(document)
// On a narrow screen the row of tabs is wider than the window: the current tab is scrolled into view.
// Not scrollIntoView: in some browsers Tab would go on from there, and past the link that skips the menu.
const currentTab = document.querySelector('.tabs [aria-current]')
const tabs = currentTab?.closest('.tabs')
if (currentTab instanceof HTMLElement && tabs instanceof HTMLElement) {
  tabs.scrollLeft = currentTab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - currentTab.offsetWidth) / 2
}
const firstFault = document.querySelector('main [data-focus]')
if (firstFault instanceof HTMLElement) firstFault.focus()
