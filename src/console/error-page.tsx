// What went wrong, as a page: the same problems as everywhere, told to a person.
import { PROBLEMS, RETRY_AFTER_SECONDS } from '../core/problem.ts'
import { toProblem } from '../http/problem-response.ts'
import type { ConsoleContext } from './console-env.ts'
import { page } from './page.tsx'

/** The last word on any error: nothing of an unexpected one is told. */
export function answerWithPage(error: Error, c: ConsoleContext): Response | Promise<Response> {
  const problem = toProblem(error, c.var.requestId)
  const { status, title } = PROBLEMS[problem.code]
  if (status === 429 || status === 503) c.header('Retry-After', String(RETRY_AFTER_SECONDS))
  return page(
    c,
    { title, narrow: true },
    <>
      <p>{problem.message}</p>
      {problem.faults.length > 0 && (
        <ul class="faults">
          {problem.faults.map(({ path, message }) => (
            <li>
              {path}: {message}
            </li>
          ))}
        </ul>
      )}
      <p class="error-ways">
        <a class="button" href="/console/projects">
          To the projects
        </a>
      </p>
      <p class="help">
        <a href={`/problems/${problem.code}`}>{problem.code}</a> · request <code>{c.var.requestId}</code>
      </p>
    </>,
    status,
  )
}
