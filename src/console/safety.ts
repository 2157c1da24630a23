// What stands before every page of the console: a policy under which only our own script runs, no framing, and no form
// that another site sends. Cookies are SameSite=Strict besides.
import { csrf } from 'hono/csrf'
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'
import { Problem } from '../core/problem.ts'
import type { ConsoleEnv } from './console-env.ts'

export const restrictContent = createMiddleware<ConsoleEnv>(async function restrictContent(c, next) {
  c.set('nonce', crypto.randomUUID())
  await next()
  c.header('Content-Security-Policy', policyWith(c.var.nonce))
  // With `no-referrer` a browser hides the origin of a form even from ourselves.
  c.header('Referrer-Policy', 'same-origin')
  c.header('Cross-Origin-Opener-Policy', 'same-origin')
  c.header('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
})

const policyWith = (nonce: string) =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const isFromHere = csrf()

/** @throws {Problem} forbidden for a form of another origin, or one whose origin the browser does not tell */
export const refuseForeignForms = createMiddleware<ConsoleEnv>(async function refuseForeignForms(c, next) {
  if (!SAFE_METHODS.has(c.req.method) && !FORM_TYPE.test(c.req.header('Content-Type') ?? '')) {
    throw new Problem('unsupported_media_type', 'The console takes forms. Programs use the API under /v1.')
  }
  let passed = false
  try {
    await isFromHere(c, async () => {
      passed = true
    })
  } catch (error) {
    if (!(error instanceof HTTPException)) throw error
  }
  if (!passed) throw new Problem('forbidden', 'The form came from another site, or its origin is not known.')
  await next()
})

const SAFE_METHODS = new Set(['GET', 'HEAD'])
/** The one type that a form without files is sent as, and that hono/csrf looks at. */
const FORM_TYPE = /^application\/x-www-form-urlencoded *(;.*)?$/i
