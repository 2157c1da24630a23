// @ts-check
// Lists that are edited as a whole, such as routes and scopes: adding a row, removing a row.

/**
 * Appends a copy of the row's template. `__row__` in its names and ids becomes a name that no other row has.
 * @param {HTMLElement} button
 */
export function addRow(button) {
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
  const first = rows.lastElementChild?.querySelector(FIRST_FIELD)
  if (first instanceof HTMLElement) first.focus()
}

let addedRows = 0

/**
 * Removes the row the button is in. The next row gets the focus, or else the keyboard would start at the top again.
 * @param {HTMLElement} button
 */
export function removeRow(button) {
  const row = button.closest('[data-row]')
  const next = row?.nextElementSibling ?? row?.previousElementSibling
  const add = row?.closest('form')?.querySelector('[data-add-row]')
  row?.remove()
  const focus = next?.querySelector(FIRST_FIELD) ?? add
  if (focus instanceof HTMLElement) focus.focus()
}

const FIRST_FIELD = 'input:not([type=hidden]), select'
