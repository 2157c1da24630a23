// Rows by collection, in this isolate's memory: gone when it ends, and another isolate has others. Enough to show rights.

export type Row = Record<string, unknown> & { id: string }

const MAX_COLLECTIONS = 100
const MAX_ROWS = 1000
const collections = new Map<string, Map<string, Row>>()

/** The rows of a collection by id; a collection that nobody named before is empty. */
export function collection(name: string): Map<string, Row> {
  const rows = collections.get(name) ?? new Map<string, Row>()
  collections.set(name, rows)
  forgetOldest(collections, MAX_COLLECTIONS)
  return rows
}

/** Merges the fields into the row, which is made when there is none. */
export function changeRow(name: string, id: string, fields: object): Row {
  const rows = collection(name)
  const row = { ...rows.get(id), ...fields, id }
  rows.set(id, row)
  forgetOldest(rows, MAX_ROWS)
  return row
}

/** Puts the fields in the place of the row, which is made when there is none. */
export function replaceRow(name: string, id: string, fields: object): Row {
  removeRow(name, id)
  return changeRow(name, id, fields)
}

/** Whether there was such a row. */
export function removeRow(name: string, id: string): boolean {
  return collection(name).delete(id)
}

export const countRows = () => Object.fromEntries([...collections].map(([name, rows]) => [name, rows.size]))

function forgetOldest(map: Map<string, unknown>, max: number): void {
  for (const name of map.keys()) {
    if (map.size <= max) return
    map.delete(name)
  }
}
