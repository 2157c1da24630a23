// What `npm run deploy` does about ISSUER.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { askForIssuer, findIssuer, setIssuer } from '../../scripts/issuer.ts'
import { root } from '../support/running-server.ts'

const TOML = readFileSync(join(root, 'wrangler.toml'), 'utf8')

/** Answers in their order; what was asked and said. */
function aConversation(...answers: string[]) {
  const said: string[] = []
  return { said, ask: async () => answers.shift() ?? 'https://end.example', say: (text: string) => said.push(text) }
}

describe('the ISSUER of a deployment', () => {
  it('is not set in the wrangler.toml that comes with Keyward', () => {
    expect(findIssuer(TOML, [])).toBeNull()
  })

  it('is found in wrangler.toml once it was set there, and nothing else is changed', () => {
    const set = setIssuer(TOML, 'https://keys.example.com')

    expect(findIssuer(set, [])).toBe('https://keys.example.com')
    expect(set.replace('ISSUER = "https://keys.example.com"', 'ISSUER = ""')).toBe(TOML)
  })

  it.each([
    [['--var', 'ISSUER:https://keys.example.com']],
    [['--var=ISSUER:https://keys.example.com']],
    [['--var', 'KEY_BRAND:nsl', 'ISSUER:https://keys.example.com', '--minify']],
  ])('is found in the flags %j', (flags) => {
    expect(findIssuer(TOML, flags)).toBe('https://keys.example.com')
  })

  it('is asked for until it is one, saying what is wrong', async () => {
    const conversation = aConversation('keys.example.com', 'https://keys.example.com/', ' https://keys.example.com ')

    expect(await askForIssuer(conversation)).toBe('https://keys.example.com')
    expect(conversation.said.join()).toContain('ISSUER must be empty or an origin such as https://keys.example.com')
  })

  it('may stay empty', async () => {
    expect(await askForIssuer(aConversation(''))).toBeNull()
  })

  it('cannot be set where there is no line for it', () => {
    expect(() => setIssuer('name = "keyward"\n', 'https://keys.example.com')).toThrow('ISSUER')
  })
})
