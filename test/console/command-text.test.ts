import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  formatApiCommand,
  formatEnvironmentFile,
  formatKeyCommand,
  formatTokenCommand,
  showVariable,
  type TextWithToken,
} from '../../src/console/command-text.ts'
import { findPatternFault } from '../../src/core/route-table.ts'

const SHELLS: [name: string, command: string[]][] = [
  ['sh', ['/bin/sh']],
  ['bash', ['/bin/bash', '--norc']],
  // As somebody has it who pastes: `!` recalls earlier commands there.
  ['bash with history', ['/bin/bash', '--norc', '-o', 'history', '-o', 'histexpand']],
]
const TOKEN = 'nsl_4fK9aZ2q_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM'
const VISIBLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index))

/** Every character that a route's path lets through, wherever it may stand in a segment. */
const PATH_CHARACTERS = VISIBLE.filter((character) => findPatternFault(`/api/a${character}b`) === null)
/** Every character that the host of an address lets through. A Host header is whatever the client sends. */
const HOST_CHARACTERS = VISIBLE.filter(
  (character) => URL.canParse(`http://a${character}b/`) && new URL(`http://a${character}b/`).hostname.length === 3,
)

const PATHS = [
  ...PATH_CHARACTERS.flatMap((character) => [
    `/api/${character}`,
    `/api/a${character}b`,
    `/api/${character.repeat(2)}x`,
  ]),
  '/api/$(touch$IFS$()pwned)',
  '/api/x&touch$IFS$()pwned&true',
  "/api/'$(touch$IFS$()pwned)'",
  '/api/$KEYWARD_KEY@evil.example',
  '/api/!!',
  '/api/!touch',
  '/api/~root',
].filter((path) => findPatternFault(path) === null)
const HOSTS = [
  'localhost:8787',
  '[::1]:8787',
  'keyward.example',
  ...HOST_CHARACTERS.map((character) => `a${character}b`),
  'a$(touch$IFS$()pwned)b',
  'a`touch$IFS$()pwned`b',
  'a";touch$IFS$()pwned;"b',
  '{a,b}.example',
]
const originOf = (host: string) => new URL(`http://${host}/`).origin

let place: string
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'keyward-shell-'))
  // `touch` and all else is found as usual, and `curl` here: it prints the words it was given, each with its end.
  writeFileSync(join(place, 'curl'), `#!/bin/sh\nfor word; do printf '%s\\n' "$word"; done\necho END\n`)
  chmodSync(join(place, 'curl'), 0o755)
})
afterAll(() => rmSync(place, { recursive: true }))

/** The words that curl is given by each command. */
function run([program = '', ...options]: string[], commands: string[]): string[][] {
  const environment = {
    ...process.env,
    PATH: `${place}:/usr/bin:/bin`,
    HOME: place,
    HISTFILE: '/dev/null',
    KEYWARD_KEY: TOKEN,
    KEYWARD_MANAGEMENT_KEY: 'management',
    KEYWARD_CLIENT_SECRET: TOKEN,
  }
  const printed = execFileSync(program, options, { input: commands.join('\n'), cwd: place, env: environment })
  const calls = printed.toString().split('END\n').slice(0, -1)
  expect(readdirSync(place)).toEqual(['curl'])
  return calls.map((call) => call.split('\n').slice(0, -1))
}

const withoutGlobbing = (words: string[]) => words.filter((word) => word !== '--globoff')
const filledIn = ({ before, after }: TextWithToken) => `${before}${TOKEN}${after}`

describe('what may stand in a command', () => {
  it('is more than letters: the characters below are let through, and mean something to a shell', () => {
    for (const character of ['$', '&', "'", '(', ')', '~', '!']) expect(PATH_CHARACTERS).toContain(character)
    for (const character of ['$', '&', "'", '"', '(', ')', '`', ';', '{', '}']) {
      expect(HOST_CHARACTERS).toContain(character)
    }
  })
})

describe.each(SHELLS)('a command that is pasted into %s', (_name, shell) => {
  const requests = [
    ...PATHS.map((path) => ({ origin: originOf('keyward.example'), path })),
    ...HOSTS.map((host) => ({ origin: originOf(host), path: '/v1/whoami' })),
  ]
  const expected = requests.map(({ origin, path }) => [`${origin}${path}`, '-H', `Authorization: Bearer ${TOKEN}`])

  it('asks for exactly the address, whatever path a member chose and whatever host was asked', () => {
    const commands = requests.map(({ origin, path }) => showVariable(formatKeyCommand(origin, path)))

    expect(run(shell, commands).map(withoutGlobbing)).toEqual(expected)
  })

  it('does the same with the token filled in, which stands in the header and nowhere else', () => {
    const commands = requests.map(({ origin, path }) => filledIn(formatKeyCommand(origin, path)))

    expect(run(shell, commands).map(withoutGlobbing)).toEqual(expected)
  })

  it('has curl take brackets and braces as they are', () => {
    const commands = ['{a,b}.example', '[::1]'].map((host) => showVariable(formatKeyCommand(originOf(host), '/api/x')))

    for (const words of run(shell, commands)) expect(words).toContain('--globoff')
  })

  it('obtains an access token with the secret as one word', () => {
    const texts = HOSTS.map((host) => formatTokenCommand(originOf(host), 'cred_01'))
    const argv = HOSTS.map((host) => [
      ...['-X', 'POST', `${originOf(host)}/oauth2/token`],
      ...['-u', `cred_01:${TOKEN}`, '-d', 'grant_type=client_credentials'],
    ])

    expect(run(shell, texts.map(showVariable)).map(withoutGlobbing)).toEqual(argv)
    expect(run(shell, texts.map(filledIn)).map(withoutGlobbing)).toEqual(argv)
  })

  it('sends a body as it is', () => {
    const body = { name: `it's "$(touch pwned)" \`touch pwned\` \\ !! ~ é` }
    const commands = HOSTS.map((host) => formatApiCommand(originOf(host), "POST /v1/it's", body))

    expect(run(shell, commands).map(withoutGlobbing)).toEqual(
      HOSTS.map((host) => [
        ...['-X', 'POST', `${originOf(host)}/v1/it's`, '-H', 'Authorization: Bearer management'],
        ...['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)],
      ]),
    )
  })

  it('holds for any mixture of these characters', () => {
    const path = fc
      .array(fc.constantFrom(...PATH_CHARACTERS), { minLength: 1, maxLength: 20 })
      .map((characters) => `/api/${characters.join('')}`)
      .filter((text) => findPatternFault(text) === null)
    const host = fc
      .array(fc.constantFrom(...HOST_CHARACTERS), { minLength: 1, maxLength: 12 })
      .map((characters) => `a${characters.join('')}b`)
      .filter((text) => URL.canParse(`http://${text}/`))
    const batch = fc.array(fc.record({ path, host }), { minLength: 50, maxLength: 50 })

    fc.assert(
      fc.property(batch, (requests) => {
        const commands = requests.map(({ path, host }) => filledIn(formatKeyCommand(originOf(host), path)))
        const addresses = requests.map(({ path, host }) => `${originOf(host)}${path}`)

        expect(run(shell, commands).map((words) => withoutGlobbing(words)[0])).toEqual(addresses)
      }),
      { numRuns: 5 },
    )
  })
})

describe('the text of a .env file', () => {
  const text = filledIn(formatEnvironmentFile('cred_01m8afv7'))
  const variables = { KEYWARD_CLIENT_ID: 'cred_01m8afv7', KEYWARD_CLIENT_SECRET: TOKEN }

  it('is read by a dotenv reader', () => {
    expect(parseEnv(text)).toEqual(variables)
  })

  it.each(SHELLS)('is read by %s', (_name, shell) => {
    const show = 'curl "$KEYWARD_CLIENT_ID" "$KEYWARD_CLIENT_SECRET"'

    expect(run(shell, [`${text}${show}`])).toEqual([Object.values(variables)])
  })
})
