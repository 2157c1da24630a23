// Which client sends an OAuth request (RFC 6749 §2.3.1): by HTTP Basic, or in the body, and never both.
import type { Context } from 'hono'
import { OAuthError } from '../core/oauth-error.ts'
import type { AppEnv } from '../http/app-env.ts'
import { decodeUrlencoded } from '../http/utf8.ts'
import { authenticateClient, type Client } from '../service/client-authentication.ts'
import { countFailedTry } from '../service/failed-tries.ts'
import type { Form } from './form.ts'

type PresentedSecret = { clientId: string; clientSecret: string }

/** @throws {OAuthError} invalid_client, invalid_request, rate_limited @throws {Problem} unavailable */
export async function identifyClient(c: Context<AppEnv>, form: Form): Promise<Client> {
  const presented = readPresented(c, form)
  try {
    return await authenticateClient(c.var.deps, presented)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    const retryAfterSeconds = await countFailedTry(c.var.deps, 'client', c.req.header('CF-Connecting-IP'))
    throw retryAfterSeconds === null ? error : tooManyTries(retryAfterSeconds)
  }
}

const tooManyTries = (retryAfterSeconds: number) =>
  new OAuthError(
    'rate_limited',
    `Too many wrong client secrets from this network. Try again in ${retryAfterSeconds} seconds.`,
    { retryAfterSeconds },
  )

function readPresented(c: Context<AppEnv>, form: Form): PresentedSecret {
  const authorization = c.req.header('Authorization')
  const [clientId, clientSecret] = [form.get('client_id'), form.get('client_secret')]
  if (authorization === undefined) {
    if (clientId === undefined || clientSecret === undefined) throw new OAuthError('invalid_client', NOT_PRESENTED)
    return { clientId, clientSecret }
  }
  const basic = readBasic(authorization)
  if (clientSecret !== undefined || (basic && clientId !== undefined && clientId !== basic.clientId)) {
    throw new OAuthError('invalid_request', 'The client shows who it is in two ways. Use one.')
  }
  if (!basic) throw new OAuthError('invalid_client', NOT_PRESENTED)
  return basic
}

/** Both parts are form-encoded before they are joined (RFC 6749 §2.3.1). */
function readBasic(authorization: string): PresentedSecret | null {
  const encoded = BASIC.exec(authorization)?.[1]
  if (encoded === undefined) return null
  try {
    const [id = '', secret] = splitOnce(atob(encoded))
    const clientId = decodeUrlencoded(id)
    const clientSecret = decodeUrlencoded(secret ?? '')
    return secret === undefined || clientId === null || clientSecret === null ? null : { clientId, clientSecret }
  } catch {
    return null
  }
}

function splitOnce(text: string): [string, string | undefined] {
  const colon = text.indexOf(':')
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

const NOT_PRESENTED = 'Show who the client is by HTTP Basic, or by client_id and client_secret in the body.'
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i
