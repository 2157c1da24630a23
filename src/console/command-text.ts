// Commands for a terminal that call this Worker, and texts for a `.env` file. What is in them may have been chosen by somebody
// else than whoever runs them: a path is written by a member, a host by whoever made the link. Each part is one word for the
// shell, and tokens are read from variables, so they are not in the text.
import type { ConsoleContext } from './console-env.ts'

/** A text in which a variable stands for the token of the page. Copying puts the token there, and nowhere else. */
export type TextWithToken = { before: string; variable: `$${string}`; after: string }

export const showVariable = ({ before, variable, after }: TextWithToken): string => `${before}${variable}${after}`

/** Where this Worker is reached. */
export const originOf = (c: ConsoleContext): string => new URL(c.req.url).origin

/** A request to the management API with curl, such as `POST /v1/projects`. */
export function formatApiCommand(
  origin: string,
  request: `${'GET' | 'POST' | 'PUT'} /${string}`,
  body?: object,
): string {
  const [method = '', path = ''] = request.split(' ')
  const lines = [formatCurl(`${origin}${path}`, method), '  -H "Authorization: Bearer $KEYWARD_MANAGEMENT_KEY"']
  if (body !== undefined)
    lines.push("  -H 'Content-Type: application/json'", `  -d ${toShellWord(JSON.stringify(body))}`)
  return lines.join(NEXT_LINE)
}

/** A request with an API key, as its holder would send it. */
export const formatKeyCommand = (origin: string, path: string): TextWithToken => ({
  before: `${formatCurl(`${origin}${path}`)}${NEXT_LINE}  -H "Authorization: Bearer `,
  variable: '$KEYWARD_KEY',
  after: '"',
})

/** Obtains an access token with a client id and a client secret (RFC 6749 §4.4). */
export const formatTokenCommand = (origin: string, clientId: string): TextWithToken => ({
  before: `${formatCurl(`${origin}/oauth2/token`, 'POST')}${NEXT_LINE}  -u ${toShellWord(`${clientId}:`)}"`,
  variable: '$KEYWARD_CLIENT_SECRET',
  after: `"${NEXT_LINE}  -d grant_type=client_credentials`,
})

/** What a service needs to obtain access tokens. Ids and secrets are letters, digits and `_`, which every reader takes as they are. */
export const formatEnvironmentFile = (clientId: string): TextWithToken => ({
  before: `KEYWARD_CLIENT_ID=${clientId}\nKEYWARD_CLIENT_SECRET=`,
  variable: '$KEYWARD_CLIENT_SECRET',
  after: '\n',
})

/** curl reads brackets and braces in an address as a list of addresses, unless it is told not to. */
function formatCurl(address: string, method = 'GET'): string {
  const options = [...(method === 'GET' ? [] : ['-X', method]), ...(/[[\]{}]/.test(address) ? ['--globoff'] : [])]
  return ['curl', ...options, toShellWord(address)].join(' ')
}

/** The text as one word for a POSIX shell, whatever characters are in it. */
const toShellWord = (text: string): string =>
  PLAIN_WORD.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Characters that mean themselves in every shell, wherever in a word they stand. */
const PLAIN_WORD = /^[A-Za-z0-9_./:-]+$/
const NEXT_LINE = ' \\\n'
