// Keyset paging: a page starts where the last one ended, so its cost does not grow with the table.
import { Buffer } from 'node:buffer'
import { invalidField } from '../core/problem.ts'

/** `cursor` is what the page before gave as `nextCursor`; null asks for the newest. */
export type PageRequest = { limit: number; cursor: string | null }

export type Page<T> = { items: T[]; nextCursor: string | null }

/** Cuts `limit + 1` rows down to a page; the extra row only tells that there is a next one. */
export function cutPage<T>(rows: T[], { limit }: PageRequest, positionOf: (item: T) => string[]): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items, nextCursor: more ? encodeCursor(positionOf(last)) : null }
}

/**
 * The position a cursor stands for, one part for each shape; null for no cursor.
 * @throws {Problem} invalid_request for anything but a cursor of this very kind of list
 */
export function decodeCursor({ cursor }: PageRequest, ...shapes: RegExp[]): string[] | null {
  if (cursor === null) return null
  const position = Buffer.from(cursor, 'base64url').toString().split(SEPARATOR)
  const fits = position.length === shapes.length && shapes.every((shape, index) => shape.test(position[index] ?? ''))
  if (!fits || encodeCursor(position) !== cursor) throw invalidField('cursor', 'is not a cursor of this list')
  return position
}

/** A moment, as part of a position. */
export const MOMENT_SHAPE = /^[0-9]{1,15}$/

const encodeCursor = (position: string[]) => Buffer.from(position.join(SEPARATOR)).toString('base64url')

/** Cannot occur in an id or a number. */
const SEPARATOR = ' '
