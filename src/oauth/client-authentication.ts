// How a client shows who it is (RFC 6749 §2.3.1): by HTTP Basic, or in the body, and never both.
import type { Context } from 'hono'
import { OAuthError } from '../core/oauth-error.ts'
import type { AppEnv } from '../http/app-env.ts'
import { authenticateClient, type Client } from '../service/access-tokens.ts'
import type { Form } from './form.ts'

type Shown = { clientId: string; clientSecret: string }

/** @throws {OAuthError} invalid_client, invalid_request, rate_limited @throws {Problem} unavailable */
export async function clientOf(c: Context<AppEnv>, form: Form): Promise<Client> {
  const shown = shownBy(c, form)
  await slowGuessing(c, shown.clientId)
  return authenticateClient(c.var.deps, shown)
}

function shownBy(c: Context<AppEnv>, form: Form): Shown {
  const authorization = c.req.header('Authorization')
  const [clientId, clientSecret] = [form.get('client_id'), form.get('client_secret')]
  if (authorization === undefined) {
    if (clientId === undefined || clientSecret === undefined) throw new OAuthError('invalid_client', UNSHOWN)
    return { clientId, clientSecret }
  }
  const basic = readBasic(authorization)
  if (clientSecret !== undefined || (basic && clientId !== undefined && clientId !== basic.clientId)) {
    throw new OAuthError('invalid_request', 'The client shows who it is in two ways. Use one.')
  }
  if (!basic) throw new OAuthError('invalid_client', UNSHOWN)
  return basic
}

/** Both parts are form-encoded before they are joined (RFC 6749 §2.3.1). */
function readBasic(authorization: string): Shown | null {
  const encoded = BASIC.exec(authorization)?.[1]
  if (encoded === undefined) return null
  try {
    const [id = '', secret] = splitOnce(atob(encoded))
    return secret === undefined ? null : { clientId: formDecoded(id), clientSecret: formDecoded(secret) }
  } catch {
    return null
  }
}

function splitOnce(text: string): [string, string | undefined] {
  const colon = text.indexOf(':')
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)]
}

const formDecoded = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

async function slowGuessing(c: Context<AppEnv>, clientId: string): Promise<void> {
  const address = c.req.header('CF-Connecting-IP') ?? ''
  const tried = await c.var.deps.tries?.limit({ key: `client ${clientId.slice(0, MAX_ID_LENGTH)} ${address}` })
  if (tried?.success === false) throw new OAuthError('rate_limited', 'Too many tries for this client. Wait a minute.')
}

const MAX_ID_LENGTH = 64
const UNSHOWN = 'Show who the client is by HTTP Basic, or by client_id and client_secret in the body.'
const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i
