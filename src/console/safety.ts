// Protects every page of the console: only our own script runs, no other page can frame ours, and forms that other sites send
// are refused. Besides, the cookies are SameSite=Strict.
import { csrf } from 'hono/csrf'
import { createMiddleware } from 'hono/factory'
import { HTTPException } from 'hono/http-exception'
import { Problem } from '../core/problem.ts'
import type { ConsoleEnv } from './console-env.ts'

export const restrictContent = createMiddleware<ConsoleEnv>(async function restrictContent(c, next) {
  c.set('nonce', crypto.randomUUID())
  await next()
  c.header('Content-Security-Policy', formatPolicy(c.var.nonce))
  // Not `no-referrer`: with that, browsers send `Origin: null` with our own forms too, and they would be refused.
  c.header('Referrer-Policy', 'same-origin')
  c.header('Cross-Origin-Opener-Policy', 'same-origin')
  c.header('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
})

const formatPolicy = (nonce: string) =>
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

const checkOrigin = csrf()

/** @throws {Problem} forbidden for a form of another origin, or one whose origin the browser does not tell */
export const refuseForeignForms = createMiddleware<ConsoleEnv>(async function refuseForeignForms(c, next) {
  if (!SAFE_METHODS.has(c.req.method) && !FORM_TYPE.test(c.req.header('Content-Type') ?? '')) {
    throw new Problem(
      'unsupported_media_type',
      'The console accepts only forms. Programs should use the API under /v1.',
    )
  }
  let passed = false
  try {
    await checkOrigin(c, async () => {
      passed = true
    })
  } catch (error) {
    if (!(error instanceof HTTPException)) throw error
  }
  if (!passed)
    throw new Problem(
      'forbidden',
      'This form was sent from another site, or your browser did not say from where. Open the page here and try again.',
    )
  await next()
})

const SAFE_METHODS = new Set(['GET', 'HEAD'])
/** The type of a form without files, in UTF-8. hono/csrf checks requests of form types only, so no other type may pass. */
const FORM_TYPE = /^application\/x-www-form-urlencoded *(; *charset="?utf-8"? *)?$/i
