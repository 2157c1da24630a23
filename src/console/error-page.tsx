// Errors as pages, for the same problems that the API answers with.
import { PROBLEMS } from '../core/problem.ts'
import { toProblem } from '../http/problem-response.ts'
import type { ConsoleContext } from './console-env.ts'
import { showPage } from './page.tsx'

/** The answer to any error. The text of an unexpected one is only logged. */
export function answerWithPage(error: Error, c: ConsoleContext): Response | Promise<Response> {
  const problem = toProblem(error, c.var.requestId)
  const { status, title } = PROBLEMS[problem.code]
  if (problem.retryAfterSeconds !== null) c.header('Retry-After', String(problem.retryAfterSeconds))
  if (problem.allow !== null) c.header('Allow', problem.allow.join(', '))
  return showPage(c, {
    title,
    narrow: true,
    status,
    content: (
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
            Go to the projects
          </a>
        </p>
        <p class="help">
          <a href={`/problems/${problem.code}`}>{problem.code}</a> · request <code>{c.var.requestId}</code>
        </p>
      </>
    ),
  })
}
