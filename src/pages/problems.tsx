// /problems and /problems/<code>: the pages that the `type` of an error links to.
import { Hono } from 'hono'
import { PROBLEMS, type ProblemCode } from '../core/problem.ts'
import type { AppEnv } from '../http/app-env.ts'
import { problemUrlOf } from '../http/problem-response.ts'
import { showTextPage } from './layout.tsx'
import { PROBLEM_GUIDES } from './problem-guides.ts'

export const problemPages = new Hono<AppEnv>()

const CODES = Object.keys(PROBLEMS).filter(isProblemCode)

problemPages.get('/problems', (c) =>
  showTextPage(c, {
    title: 'Errors',
    children: (
      <>
        <p class="lead">
          Every error is an <code>application/problem+json</code> document (RFC 9457). Its <code>code</code> is one of
          these, and its <code>type</code> links to the page about it.
        </p>
        <table class="problem-list">
          <tbody>
            {CODES.map((code) => (
              <tr>
                <td>{PROBLEMS[code].status}</td>
                <td>
                  <a href={`/problems/${code}`}>
                    <code>{code}</code>
                  </a>
                </td>
                <td>{PROBLEMS[code].title}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </>
    ),
  }),
)

problemPages.get('/problems/:code', (c) => {
  const code = c.req.param('code')
  if (!isProblemCode(code)) return c.notFound()
  const { status, title, help } = PROBLEMS[code]
  const { detail, errors, causes, remedies } = PROBLEM_GUIDES[code]
  const type = problemUrlOf(c, code)
  const example = { type, title, status, detail, code, requestId: EXAMPLE_REQUEST_ID, ...(errors ? { errors } : {}) }
  return showTextPage(c, {
    title,
    children: (
      <>
        <p class="lead">
          <code>{code}</code> · HTTP status {status}
        </p>
        <p>
          <Prose text={help} />
        </p>
        <h2 class="title is-5">Usual causes</h2>
        <List texts={causes} />
        <h2 class="title is-5">What to do</h2>
        <List texts={remedies} />
        <h2 class="title is-5">What it looks like</h2>
        <pre tabindex={0}>
          <code>{JSON.stringify(example, null, 2)}</code>
        </pre>
        <p class="page-foot">
          <a href="/problems">All errors</a> · <a href="/docs">API reference</a>
        </p>
      </>
    ),
  })
})

const List = ({ texts }: { texts: readonly string[] }) => (
  <ul>
    {texts.map((text) => (
      <li>
        <Prose text={text} />
      </li>
    ))}
  </ul>
)

/** Text in which what stands between backticks is code. */
const Prose = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
)

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code)
}

const EXAMPLE_REQUEST_ID = '0f2d9c1e-6f0b-4f5e-9d8b-3a1c7e5b2f60'
