// /problems and /problems/<code>: the pages that the `type` of an error links to.
import { Hono } from 'hono'
import { PROBLEMS, type ProblemCode } from '../core/problem.ts'
import type { AppEnv } from '../http/app-env.ts'
import { Page } from './layout.tsx'

export const problemPages = new Hono<AppEnv>()

problemPages.get('/problems', (c) =>
  c.html(
    <Page title="Problems">
      <h1>Problems</h1>
      <dl>
        {Object.entries(PROBLEMS).map(([code, { status, title }]) => (
          <>
            <dt>
              <a href={`/problems/${code}`}>
                <code>{code}</code>
              </a>
            </dt>
            <dd>
              {status}: {title}
            </dd>
          </>
        ))}
      </dl>
    </Page>,
  ),
)

problemPages.get('/problems/:code', (c) => {
  const code = c.req.param('code')
  if (!isProblemCode(code)) return c.notFound()
  const { status, title, help } = PROBLEMS[code]
  return c.html(
    <Page title={title}>
      <h1>{title}</h1>
      <p>
        <code>{code}</code>, HTTP status {status}
      </p>
      <p>{help}</p>
      <p>
        <a href="/problems">All problems</a> · <a href="/docs">API reference</a>
      </p>
    </Page>,
  )
})

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code)
