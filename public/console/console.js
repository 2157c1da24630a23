// @ts-check
// What script adds to the console's pages, all of which work without it: small pages open in a dialog, a new token must
// be copied before it is closed, moments are told in the viewer's zone. It keeps nothing anywhere.

const FRAGMENT = { 'Keyward-Fragment': '1' }
const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById('dialog'))
const dialogBody = dialog?.querySelector('[data-dialog-body]') ?? null

/** What had the focus before the dialog opened. @type {Element | null} */
let openedFrom = null

// --- Every piece of a page, whether it came with the page or into the dialog

/** @param {ParentNode} root */
function enliven(root) {
  for (const time of all(root, 'time[data-time]')) localise(time)
  for (const button of all(root, '[data-copy-text], [data-back]')) button.hidden = false
  for (const receipt of all(root, '[data-countdown]')) countDown(receipt)
  for (const input of all(root, 'input[data-expected]')) guardConfirmation(/** @type {HTMLInputElement} */ (input))
  for (const form of all(root, 'form[data-key-form]')) summarise(/** @type {HTMLFormElement} */ (form))
  for (const line of all(root, '[data-first-use]')) awaitFirstUse(line)
  const once = root.querySelector('[data-once]')
  if (once instanceof HTMLElement) gate(once)
}

/** @param {HTMLElement} time */
function localise(time) {
  const at = new Date(time.getAttribute('datetime') ?? '')
  if (time.dataset['time'] === 'exact') {
    time.textContent = EXACT.format(at)
    return
  }
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(at)
  time.title = `${time.title} · ${exact}`
  const distance = at.getTime() - Date.now()
  const unit = UNITS.find(({ ms }) => Math.abs(distance) >= ms)
  time.textContent =
    Math.abs(distance) > 6.5 * DAY ? exact.split(', ').slice(0, -1).join(', ') || exact : relative(distance, unit)
}

const EXACT = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
})
const DAY = 86_400_000
/** @type {{ name: Intl.RelativeTimeFormatUnit, ms: number }[]} */
const UNITS = [
  { name: 'day', ms: DAY },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
]
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** @param {number} distance @param {(typeof UNITS)[number] | undefined} unit */
const relative = (distance, unit) =>
  unit === undefined ? 'just now' : RELATIVE.format(Math.trunc(distance / unit.ms), unit.name)

// --- The dialog

/** @param {string} href */
async function openDialog(href) {
  const response = await ask(href, {})
  if (response === null || dialog === null) return location.assign(href)
  if (follow(response)) return
  openedFrom = document.activeElement
  await show(response)
  if (!dialog.open) dialog.showModal()
  focusInside()
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function sendFromDialog(form, submitter) {
  const fields = new URLSearchParams()
  for (const [name, value] of new FormData(form, submitter)) if (typeof value === 'string') fields.append(name, value)
  const buttons = all(form, 'button[type=submit]')
  for (const button of buttons) button.setAttribute('aria-disabled', 'true')
  form.inert = true
  const response = await ask(form.action, { method: 'POST', body: fields })
  form.inert = false
  for (const button of buttons) button.removeAttribute('aria-disabled')
  if (response === null) return say('The server did not answer. Nothing is known of what became of it.')
  if (follow(response)) return
  await show(response)
  focusInside()
}

/** @param {string} address @param {RequestInit} init @returns {Promise<Response | null>} */
const ask = (address, init) =>
  fetch(address, { ...init, headers: FRAGMENT, cache: 'no-store', redirect: 'follow' }).catch(() => null)

/** Goes where the server says one should be now. @param {Response} response */
function follow(response) {
  const path = response.headers.get('Keyward-Location')
  if (path === null) return false
  location.assign(path)
  return true
}

/** Parsed as a document of its own, in which nothing runs. @param {Response} response */
async function show(response) {
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  dialogBody?.replaceChildren(...page.body.childNodes)
  if (dialogBody) enliven(dialogBody)
}

function focusInside() {
  const first = ['[data-focus]', '[autofocus]', '#dialog-title'].map((what) => dialogBody?.querySelector(what))
  const target = first.find((element) => element instanceof HTMLElement)
  if (target instanceof HTMLElement) target.focus()
}

/** A press beside the dialog is no reason to forget what was typed into it. */
function isFilledIn() {
  return [...(dialogBody?.querySelectorAll('input, textarea') ?? [])].some((field) =>
    field instanceof HTMLInputElement && (field.type === 'checkbox' || field.type === 'radio')
      ? field.checked !== field.defaultChecked
      : (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) &&
        field.value !== field.defaultValue,
  )
}

function closeDialog() {
  if (isLocked()) return explainLock()
  const leave = dialogBody?.querySelector('[data-once] [data-close]')
  dialog?.close()
  // What was made is to be seen on the page behind.
  if (leave instanceof HTMLElement) location.assign(leave.dataset['href'] ?? location.href)
}

dialog?.addEventListener('cancel', (event) => {
  event.preventDefault()
  closeDialog()
})
// A second Escape closes a dialog however the first was answered, unless its key goes nowhere.
dialog?.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  event.preventDefault()
  closeDialog()
})
dialog?.addEventListener('close', () => {
  dialogBody?.replaceChildren()
  if (openedFrom instanceof HTMLElement) openedFrom.focus()
})
/** Where the press began: text that is selected to beyond the edge is no wish to leave. @type {EventTarget | null} */
let pressed = null
dialog?.addEventListener('pointerdown', (event) => {
  pressed = event.target
})
dialog?.addEventListener('click', (event) => {
  if (event.target === dialog && pressed === dialog && !isFilledIn()) closeDialog()
})

// --- A token that is seen once

/** Makes the link that closes into a button that waits until the token was copied. @param {HTMLElement} once */
function gate(once) {
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
  for (const copy of all(once, '[data-copy-token], [data-copy-with-token], [data-download-with-token]'))
    copy.hidden = false
  // By keyboard: Tab to the token selects it, Ctrl+C copies it.
  token.addEventListener('focus', () => selectAll(token))
}

const isLocked = () => document.querySelector('[data-once][data-locked]') !== null

function unlock() {
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

function explainLock() {
  const hint = document.querySelector('[data-once] [data-gate-hint]')
  hint?.classList.remove('is-nudged')
  requestAnimationFrame(() => hint?.classList.add('is-nudged'))
  say('Copy it first: it cannot be shown again.')
}

const shownToken = () => document.querySelector('[data-once] [data-token]')?.textContent?.trim() ?? ''

document.addEventListener('copy', () => {
  const token = shownToken()
  if (token !== '' && String(document.getSelection()).includes(token)) unlock()
})

addEventListener('beforeunload', (event) => {
  if (isLocked()) event.preventDefault()
})
// A page that is left may be kept to come back to: not with the token in it.
addEventListener('pagehide', () => {
  for (const once of all(document, '[data-once]')) once.remove()
  if (dialog?.open) dialog.close()
})

/** @param {HTMLElement} token */
function selectAll(token) {
  const range = document.createRange()
  range.selectNodeContents(token)
  const selection = getSelection()
  selection?.removeAllRanges()
  selection?.addRange(range)
}

/** Green when the key is used for the first time. @param {HTMLElement} line */
async function awaitFirstUse(line) {
  line.hidden = false
  for (let asked = 0; asked < 200 && line.isConnected; asked += 1) {
    await new Promise((resolve) => setTimeout(resolve, asked < 60 ? 2000 : 5000))
    if (document.hidden || !line.isConnected) continue
    const response = await ask(line.dataset['firstUse'] ?? '', {})
    const used = response?.ok ? (await response.json()).lastUsedAt : null
    if (used === null) continue
    line.classList.add('is-used')
    line.textContent = 'The key was used: it works.'
    return say('The key was used: it works.')
  }
}

// --- Copying

/** @param {HTMLElement} button */
async function copyFrom(button) {
  const token = shownToken()
  const isToken = button.matches('[data-copy-token], [data-copy-with-token]')
  const template = button.dataset['copyText'] ?? button.dataset['copyWithToken'] ?? token
  const text = button.dataset['copyWithToken'] === undefined ? template : withToken(template)
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const code = document.querySelector('[data-once] [data-token]')
    if (isToken && code instanceof HTMLElement) selectAll(code)
    return say('The browser does not let this page copy. Select the text and copy it.')
  }
  if (isToken) unlock()
  const label = button.querySelector('[data-copy-label]')
  const before = label?.textContent ?? ''
  if (label && before !== 'Copied') {
    label.textContent = 'Copied'
    button.classList.add('is-copied')
    setTimeout(() => {
      label.textContent = before
      button.classList.remove('is-copied')
    }, 2000)
  }
  say('Copied.')
}

/** The text with the token where a variable stands for it. @param {string} template */
const withToken = (template) => template.replaceAll(/\$KEYWARD_(KEY|CLIENT_SECRET)/g, shownToken)

/** Made here and nowhere else: the server is not told the token again. @param {HTMLElement} button */
function downloadFrom(button) {
  const link = document.createElement('a')
  const text = withToken(button.dataset['downloadWithToken'] ?? '')
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  link.download = button.dataset['file'] ?? 'keyward.env'
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
  unlock()
}

/** Where a screen reader hears it: inside the dialog while that is open. @param {string} text */
function say(text) {
  const live = (dialog?.open ? dialog : document.body).querySelector(
    dialog?.open ? '[data-live]' : ':scope > [data-live]',
  )
  if (live === null) return
  live.textContent = ''
  setTimeout(() => {
    live.textContent = text
  }, 50)
  for (const toast of all(document, '.toast')) toast.remove()
  const toast = document.createElement('div')
  toast.className = 'toast'
  toast.setAttribute('aria-hidden', 'true')
  toast.textContent = text
  ;(dialog?.open ? dialog : document.body).append(toast)
  setTimeout(() => toast.remove(), 4000)
}

// --- Receipts, confirmations, summaries

/** @param {HTMLElement} receipt */
function countDown(receipt) {
  const text = receipt.querySelector('[data-countdown-text]')
  const remaining = Number(receipt.dataset['countdown'])
  if (text === null || !(remaining > 0)) return
  const end = performance.now() + remaining
  const done = receipt.dataset['done'] ?? ''
  const timer = setInterval(() => {
    const left = end - performance.now()
    if (left > 0) {
      text.textContent = `${done.replace(/\.$/, '')} in at most ${Math.ceil(left / 1000)} s.`
      return
    }
    clearInterval(timer)
    text.textContent = done
    receipt.classList.add('is-over')
    say(done)
  }, 250)
}

/** The button waits until what is typed is what is asked for. @param {HTMLInputElement} input */
function guardConfirmation(input) {
  const button = input.form?.querySelector('button[type=submit]')
  if (!(button instanceof HTMLButtonElement)) return
  const check = () => {
    button.disabled = input.value.trim() !== (input.dataset['expected'] ?? '').trim()
  }
  input.addEventListener('input', check)
  check()
}

/** Says in one sentence what the key would be allowed, as it is filled in. @param {HTMLFormElement} form */
function summarise(form) {
  const output = form.querySelector('[data-summary]')
  if (output === null) return
  const update = () => {
    const scopes = all(form, 'input[name=scopes]')
      .filter((box) => /** @type {HTMLInputElement} */ (box).checked)
      .map((box) => /** @type {HTMLInputElement} */ (box).value)
    const expiry = form.querySelector('input[name=expiry]:checked')
    const day = form.querySelector('input[name=expiresOn]')
    const until =
      expiry instanceof HTMLInputElement && expiry.value === 'date' && day instanceof HTMLInputElement
        ? `until the end of ${day.value || 'the day you choose'} (UTC)`
        : (expiry instanceof HTMLElement && expiry.dataset['until']) || ''
    const place = form.dataset['place'] ?? ''
    const may =
      scopes.length === 0 ? 'holds no scope: it proves who calls and opens nothing' : `may use ${list(scopes)}`
    output.textContent = `This key ${may} in ${place}, ${until}.`
  }
  form.addEventListener('input', update)
  form.querySelector('input[name=expiresOn]')?.addEventListener('input', () => {
    const byDate = form.querySelector('input[name=expiry][value=date]')
    if (byDate instanceof HTMLInputElement) byDate.checked = true
    update()
  })
  update()
}

/** @param {string[]} words */
const list = (words) => new Intl.ListFormat('en', { type: 'conjunction' }).format(words)

// --- How it looks

/** Changes at once; the server keeps it for the next page. @param {HTMLFormElement} form @param {HTMLElement} button */
function prefer(form, button) {
  const { name, value } = /** @type {HTMLButtonElement} */ (button)
  const root = document.documentElement
  if (name === 'theme') {
    if (value === 'system') root.removeAttribute('data-theme')
    else root.dataset['theme'] = value
    for (const other of all(document, 'button[name=theme]'))
      other.setAttribute('aria-pressed', String(/** @type {HTMLButtonElement} */ (other).value === value))
  } else {
    root.dataset['sidebar'] = value
    button.setAttribute('value', value === 'open' ? 'collapsed' : 'open')
    button.setAttribute('aria-expanded', String(value === 'open'))
  }
  void ask(form.action, { method: 'POST', body: new URLSearchParams({ [name]: value }) })
}

// --- What people do

document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : null
  if (target === null) return
  const copy = target.closest('[data-copy-text], [data-copy-token], [data-copy-with-token]')
  if (copy instanceof HTMLElement) return void copyFrom(copy)
  const download = target.closest('[data-download-with-token]')
  if (download instanceof HTMLElement) return downloadFrom(download)
  if (target.closest('button[data-close]')) return closeDialogOrLeave(target)
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

  const isPlain = !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
  const cancel = target.closest('[data-cancel]')
  if (cancel && dialog?.open && isPlain) {
    event.preventDefault()
    return closeDialog()
  }
  const link = target.closest('a[data-dialog]')
  if (link instanceof HTMLAnchorElement && isPlain && dialog) {
    event.preventDefault()
    void openDialog(link.href)
  }
})

/** @param {Element} target */
function closeDialogOrLeave(target) {
  if (dialog?.open) return closeDialog()
  const button = target.closest('button[data-close]')
  if (button instanceof HTMLElement) location.replace(button.dataset['href'] ?? '/console')
}

/**
 * Puts a copy of the template at the end of its rows. Fields are told apart by `__row__` in their names and ids.
 * @param {HTMLElement} button
 */
function addRow(button) {
  const id = button.dataset['addRow'] ?? ''
  const template = document.getElementById(id)
  const rows = document.querySelector(`[data-rows-of="${id}"]`)
  if (!(template instanceof HTMLTemplateElement) || !rows) return
  addedRows += 1
  const added = document.importNode(template.content, true)
  for (const element of added.querySelectorAll('*')) {
    for (const attribute of element.attributes) {
      attribute.value = attribute.value.replaceAll('__row__', `new${addedRows}`)
    }
  }
  rows.append(added)
  const first = rows.lastElementChild?.querySelector('input:not([type=hidden]), select')
  if (first instanceof HTMLElement) first.focus()
}

let addedRows = 0

/** @param {HTMLElement} button */
function removeRow(button) {
  const row = button.closest('[data-row]')
  const next = row?.nextElementSibling ?? row?.previousElementSibling
  const add = row?.closest('form')?.querySelector('[data-add-row]')
  row?.remove()
  const focus = next?.querySelector('input:not([type=hidden]), select') ?? add
  if (focus instanceof HTMLElement) focus.focus()
}

document.addEventListener('submit', (event) => {
  const form = event.target
  const button = event.submitter
  if (!(form instanceof HTMLFormElement)) return
  if (form.dataset['preference'] !== undefined && button) {
    event.preventDefault()
    return prefer(form, button)
  }
  if (form.dataset['sent'] !== undefined) return event.preventDefault()
  if (form.method !== 'post' || form.dataset['plain'] !== undefined || !dialog?.open) {
    if (form.method === 'post') form.dataset['sent'] = ''
    return
  }
  event.preventDefault()
  void sendFromDialog(form, button)
})
// A page that comes back from the browser's memory can send its forms again.
addEventListener('pageshow', () => {
  for (const form of all(document, 'form[data-sent]')) delete form.dataset['sent']
})

document.addEventListener('change', (event) => {
  const field = event.target
  if (field instanceof HTMLSelectElement && field.form?.dataset['filter'] !== undefined) field.form.requestSubmit()
})

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement[]} */
function all(root, selector) {
  return [...root.querySelectorAll(selector)].filter((element) => element instanceof HTMLElement)
}

enliven(document)
// On a narrow screen the tabs go on beyond its edge, and the one that is open may be there.
document.querySelector('.tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
const firstFault = document.querySelector('main [data-focus]')
if (firstFault instanceof HTMLElement) firstFault.focus()
