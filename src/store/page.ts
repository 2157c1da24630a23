// Keyset pagination: a page starts where the previous one ended, so its cost does not grow with the table.
import { Buffer } from 'node:buffer'
import { invalidField } from '../core/problem.ts'

/** `cursor` is the `nextCursor` of the previous page; null asks for the first page. */
export type PageRequest = { limit: number; cursor: string | null }

export type Page<T> = { items: T[]; nextCursor: string | null }

/** Cuts `limit + 1` rows down to a page; the extra row only shows that there is a next page. */
export function cutPage<T>(rows: T[], { limit }: PageRequest, positionOf: (item: T) => string[]): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  return { items, nextCursor: more ? encodeCursor(positionOf(last)) : null }
}

/**
 * The position that a cursor stands for, one part for each shape; null without a cursor.
 * @throws {Problem} invalid_request for anything but a cursor of this kind of list
 */
export function decodeCursor({ cursor }: PageRequest, ...shapes: RegExp[]): string[] | null {
  if (cursor === null) return null
  const position = Buffer.from(cursor, 'base64url').toString().split(SEPARATOR)
  const fits = position.length === shapes.length && shapes.every((shape, index) => shape.test(position[index] ?? ''))
  if (!fits || encodeCursor(position) !== cursor) throw invalidField('cursor', 'must be a nextCursor of this list')
  return position
}

/** A moment in milliseconds, as part of a position. */
export const MOMENT_SHAPE = /^[0-9]{1,15}$/

const encodeCursor = (position: string[]) => Buffer.from(position.join(SEPARATOR)).toString('base64url')

/** Cannot occur in an id or a number. */
const SEPARATOR = ' '
