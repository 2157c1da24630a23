// Which page of a list an address asks for.
import type { PageRequest } from '../store/page.ts'
import type { ConsoleContext } from './console-env.ts'

export const pageRequest = (c: ConsoleContext, limit = PAGE_SIZE): PageRequest => ({
  limit,
  cursor: c.req.query('cursor') || null,
})

const PAGE_SIZE = 25
