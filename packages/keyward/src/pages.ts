// A list as its caller wants it: one page to await, or every record to iterate over.
import { KeywardError } from './keyward-error.ts'

export type Page<Item> = { data: Item[]; nextCursor: string | null }

/**
 * `await` it for one page, or `for await (const record of …)` for all of them: further pages are asked for as needed.
 * Nothing is asked before either.
 */
export type Pages<Item> = PromiseLike<Page<Item>> & AsyncIterable<Item>

export function createPages<Item>(
  ask: (query: object) => Promise<Page<Item>>,
  query: { cursor?: string | undefined },
): Pages<Item> {
  let first: Promise<Page<Item>> | undefined
  const firstPage = () => {
    first ??= ask(query).then(requirePage)
    return first
  }
  return {
    // biome-ignore lint/suspicious/noThenProperty: a list is awaited for its page; an object with a method for it reads worse.
    then: (onPage, onError) => firstPage().then(onPage, onError),
    async *[Symbol.asyncIterator]() {
      let page = await firstPage()
      let cursor = query.cursor
      while (true) {
        yield* page.data
        if (page.nextCursor === null) return
        // A cursor that comes again would make the iteration endless.
        if (page.nextCursor === cursor) throw notAPage()
        cursor = page.nextCursor
        page = requirePage(await ask({ ...query, cursor }))
      }
    },
  }
}

function requirePage<Item>(page: Page<Item>): Page<Item> {
  if (Array.isArray(page.data) && (page.nextCursor === null || typeof page.nextCursor === 'string')) return page
  throw notAPage()
}

const notAPage = () =>
  new KeywardError({
    status: null,
    code: 'unexpected_answer',
    title: 'Something else than Keyward answered',
    detail: 'The answer is not the next page of a list.',
  })
