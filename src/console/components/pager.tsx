// Links to the other pages of a list.
import { Icon } from './icon.tsx'

type PagerProps = {
  /** The address of the list with its filters, without a cursor. */
  href: string
  nextCursor: string | null
  /** Whether this is not the first page. */
  isFurther: boolean
}

export const Pager = ({ href, nextCursor, isFurther }: PagerProps) =>
  (isFurther || nextCursor !== null) && (
    <nav class="pager" aria-label="Pages">
      {isFurther && (
        <>
          <a class="button" href={href}>
            First page
          </a>
          <button class="button" type="button" data-back hidden>
            Previous
          </button>
        </>
      )}
      {nextCursor !== null && (
        <a class="button" href={withCursor(href, nextCursor)} rel="next">
          <span>Next</span>
          <Icon name="next" />
        </a>
      )}
    </nav>
  )

const withCursor = (href: string, cursor: string) =>
  `${href}${href.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`
