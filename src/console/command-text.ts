// Commands for a terminal that call this Worker. Tokens and secrets are read from variables of the shell, so they are not in the
// text.
import type { ConsoleContext } from './console-env.ts'

/** A request to the management API with curl, such as `POST /v1/projects`. */
export function formatApiCommand(
  c: ConsoleContext,
  request: `${'GET' | 'POST' | 'PUT'} /${string}`,
  body?: object,
): string {
  const [method = '', path = ''] = request.split(' ')
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}${originOf(c)}${path}`, HEADERS.management]
  if (body !== undefined) lines.push("  -H 'Content-Type: application/json'", `  -d ${quote(JSON.stringify(body))}`)
  return lines.join(' \\\n')
}

/** A request with an API key, as its holder would send it. */
export const formatKeyCommand = (c: ConsoleContext, path: string): string =>
  [`curl ${originOf(c)}${path}`, HEADERS.key].join(' \\\n')

/** Obtains an access token with a client id and a client secret (RFC 6749 §4.4). */
export const formatTokenCommand = (c: ConsoleContext, clientId: string): string =>
  [
    `curl -X POST ${originOf(c)}/oauth2/token`,
    `  -u "${clientId}:$KEYWARD_CLIENT_SECRET"`,
    '  -d grant_type=client_credentials',
  ].join(' \\\n')

const originOf = (c: ConsoleContext) => new URL(c.req.url).origin

/** Makes the text one word for a POSIX shell, whatever characters are in it. */
const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

const HEADERS = {
  management: '  -H "Authorization: Bearer $KEYWARD_MANAGEMENT_KEY"',
  key: '  -H "Authorization: Bearer $KEYWARD_KEY"',
} as const
