import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError, ROOT_KEY_MIN_LENGTH, readConfig } from '../../src/config.ts'
import { newId } from '../../src/core/ids.ts'

const ROOT_KEY = 'root-key-of-the-test-suite-0123456789'

type Variables = Parameters<typeof readConfig>[0]

const anEnv = (given: Variables = {}) => ({ ROOT_KEY, KEY_BRAND: 'nsl', ...given })

/** The error readConfig throws for this environment. */
function complaintAbout(env: Variables): unknown {
  try {
    return readConfig(env)
  } catch (error) {
    return error
  }
}

describe('readConfig', () => {
  it('reads the brand and the root key as they are', () => {
    expect(readConfig(anEnv())).toMatchObject({ brand: 'nsl', rootKey: ROOT_KEY })
  })

  it('keeps the ledger near its first caller, unless told otherwise', () => {
    expect(readConfig(anEnv()).ledgerLocationHint).toBeNull()
    expect(readConfig(anEnv({ LEDGER_LOCATION_HINT: '' })).ledgerLocationHint).toBeNull()
  })

  it.each(['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'])('knows the place %s', (hint) => {
    expect(readConfig(anEnv({ LEDGER_LOCATION_HINT: hint })).ledgerLocationHint).toBe(hint)
  })

  it.each(['europe', 'WEUR', 'weur ', 'mars'])('refuses the place %j, naming the variable', (hint) => {
    const complaint = complaintAbout(anEnv({ LEDGER_LOCATION_HINT: hint }))

    expect(complaint).toBeInstanceOf(ConfigError)
    expect(String(complaint)).toContain('LEDGER_LOCATION_HINT')
  })

  it('lets rerank controls out to everybody, to a depth of 100, unless told otherwise', () => {
    expect(readConfig(anEnv()).rerank).toStrictEqual({
      stage: 'general',
      killSwitch: false,
      maxDepth: 100,
      internalEnvironmentIds: [],
      canaryPercent: 0,
    })
  })

  const [FIRST, SECOND] = [newId('environment'), newId('environment')]
  it.each<[Variables, object]>([
    [{ RERANK_CONTROLS_STAGE: 'off' }, { stage: 'off' }],
    [{ RERANK_CONTROLS_STAGE: 'internal' }, { stage: 'internal' }],
    [{ RERANK_CONTROLS_STAGE: 'canary' }, { stage: 'canary' }],
    [{ RERANK_CONTROLS_STAGE: 'general' }, { stage: 'general' }],
    [{ RERANK_KILL_SWITCH: 'true' }, { killSwitch: true }],
    [{ RERANK_KILL_SWITCH: 'on' }, { killSwitch: true }],
    [{ RERANK_KILL_SWITCH: 'false' }, { killSwitch: false }],
    [{ RERANK_KILL_SWITCH: 'off' }, { killSwitch: false }],
    [{ RERANK_KILL_SWITCH: '' }, { killSwitch: false }],
    [{ RERANK_MAX_DEPTH: '0' }, { maxDepth: 0 }],
    [{ RERANK_MAX_DEPTH: '1000' }, { maxDepth: 1000 }],
    [{ RERANK_INTERNAL_ENVIRONMENT_IDS: '' }, { internalEnvironmentIds: [] }],
    [{ RERANK_INTERNAL_ENVIRONMENT_IDS: FIRST }, { internalEnvironmentIds: [FIRST] }],
    [{ RERANK_INTERNAL_ENVIRONMENT_IDS: `${FIRST}, ${SECOND}` }, { internalEnvironmentIds: [FIRST, SECOND] }],
    [{ RERANK_CANARY_PERCENT: '0' }, { canaryPercent: 0 }],
    [{ RERANK_CANARY_PERCENT: '12.5' }, { canaryPercent: 12.5 }],
    [{ RERANK_CANARY_PERCENT: '0.01' }, { canaryPercent: 0.01 }],
    [{ RERANK_CANARY_PERCENT: '100.00' }, { canaryPercent: 100 }],
  ])('reads %j as %j', (given, read) => {
    expect(readConfig(anEnv(given)).rerank).toMatchObject(read)
  })

  it.each<[keyof Variables, string[]]>([
    ['RERANK_CONTROLS_STAGE', ['', 'General', 'general ', 'on', 'beta', 'toString']],
    ['RERANK_KILL_SWITCH', ['True', 'TRUE', 'yes', '1', '0', 'true ', ' ', 'tru', 'null', 'ture']],
    ['RERANK_MAX_DEPTH', ['', '-1', '1001', '9999', '10000', '1.5', '1e2', ' 1', '1\n', 'all', '0x1', '１']],
    ['RERANK_INTERNAL_ENVIRONMENT_IDS', ['env_1', ',', `${FIRST},`, `${FIRST};${SECOND}`, `${FIRST} ${SECOND}`, '*']],
    ['RERANK_INTERNAL_ENVIRONMENT_IDS', [newId('project'), FIRST.toUpperCase(), `${FIRST},,${SECOND}`]],
    ['RERANK_CANARY_PERCENT', ['', '-1', '101', '100.01', '1.234', '5%', '.5', '5.', '1e1', ' 5', '5\n', '12,5']],
  ])('refuses a %s of any other form, naming the variable and not the value: %j', (variable, values) => {
    for (const value of values) {
      const complaint = complaintAbout(anEnv({ [variable]: value }))

      expect(complaint).toBeInstanceOf(ConfigError)
      expect(String(complaint)).toContain(variable)
      if (value.startsWith('env_')) expect(String(complaint)).not.toContain(value)
    }
  })

  it('takes a root key of 32 characters', () => {
    expect(readConfig(anEnv({ ROOT_KEY: 'k'.repeat(32) })).rootKey).toHaveLength(ROOT_KEY_MIN_LENGTH)
  })

  it('takes every visible ASCII sign but the comma in a root key', () => {
    const signs = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
      .join('')
      .replace(',', '')

    expect(readConfig(anEnv({ ROOT_KEY: signs })).rootKey).toBe(signs)
  })

  it.each([
    { rootKey: '', why: 'empty' },
    { rootKey: 'k'.repeat(31), why: 'one character short' },
    { rootKey: ' '.repeat(32), why: 'only spaces' },
    { rootKey: `${ROOT_KEY}\n`, why: 'with a newline at the end' },
    { rootKey: ` ${ROOT_KEY}`, why: 'with a space in front' },
    { rootKey: `${ROOT_KEY} `, why: 'with a space behind' },
    { rootKey: `two words ${ROOT_KEY}`, why: 'with a space inside' },
    { rootKey: `${ROOT_KEY},`, why: 'with a comma' },
    { rootKey: `${ROOT_KEY}\u0000`, why: 'with a NUL' },
    { rootKey: `${ROOT_KEY}\u007f`, why: 'with a DEL' },
    { rootKey: 'ключ'.repeat(10), why: 'not ASCII' },
  ])('refuses a root key that is $why, naming the variable', ({ rootKey }) => {
    const complaint = complaintAbout(anEnv({ ROOT_KEY: rootKey }))

    expect(complaint).toBeInstanceOf(ConfigError)
    expect(String(complaint)).toContain('ROOT_KEY')
  })

  it('refuses to start without a root key', () => {
    expect(() => readConfig({ KEY_BRAND: 'nsl' })).toThrow(ConfigError)
  })

  it.each(['', 'n', 'N', 'Nsl', 'nsL', '1sl', 'n-l', 'n_l', 'nsl ', ' nsl', 'nsl\n', 'ключ', 'elevenchars'])(
    'refuses the brand %j, naming the variable',
    (brand) => {
      const complaint = complaintAbout(anEnv({ KEY_BRAND: brand }))

      expect(complaint).toBeInstanceOf(ConfigError)
      expect(String(complaint)).toContain('KEY_BRAND')
    },
  )

  it.each(['ns', 'nsl', 'a1', 'tencharsxx'])('takes the brand %s', (brand) => {
    expect(readConfig(anEnv({ KEY_BRAND: brand })).brand).toBe(brand)
  })

  it('never repeats the root key in a complaint', () => {
    const refused = fc.string({ minLength: 8, maxLength: 31, unit: fc.constantFrom('#', '%', '~', '9') })

    fc.assert(
      fc.property(refused, (secret) => {
        expect(String(complaintAbout(anEnv({ ROOT_KEY: secret })))).not.toContain(secret)
        expect(String(complaintAbout(anEnv({ ROOT_KEY: `${secret.repeat(4)} ` })))).not.toContain(secret)
        expect(String(complaintAbout(anEnv({ ROOT_KEY: secret.repeat(4), KEY_BRAND: '?' })))).not.toContain(secret)
      }),
    )
  })
})

describe('the issuer of access tokens', () => {
  it('is whichever address was asked, unless it is named', () => {
    expect(readConfig(anEnv()).issuer).toBeNull()
    expect(readConfig(anEnv({ ISSUER: '' })).issuer).toBeNull()
  })

  it.each(['https://keys.example.com', 'https://keys.example.com:8443', 'http://localhost:8787', 'http://127.0.0.1'])(
    'may be %s',
    (issuer) => {
      expect(readConfig(anEnv({ ISSUER: issuer })).issuer).toBe(issuer)
    },
  )

  it.each([
    'keys.example.com',
    'http://keys.example.com',
    'http://localhost.example.com',
    'https://keys.example.com/',
    'https://keys.example.com/auth',
    'https://keys.example.com?a=1',
    'https://keys.example.com#a',
    'https://KEYS.example.com',
    'https://keys.example.com:443',
    'https://user@keys.example.com',
    'https://',
    'ftp://keys.example.com',
    ' https://keys.example.com',
    'https://keys.example.com ',
    'null',
    'true',
  ])('is refused as %j, naming the variable (RFC 8414 §2)', (issuer) => {
    const complaint = complaintAbout(anEnv({ ISSUER: issuer }))

    expect(complaint).toBeInstanceOf(ConfigError)
    expect(String(complaint)).toContain('ISSUER')
  })
})

describe('the algorithm of access tokens', () => {
  it.each([
    [undefined, 'EdDSA'],
    ['', 'EdDSA'],
    ['EdDSA', 'EdDSA'],
    ['RS256', 'RS256'],
  ])('reads %j as %s', (text, algorithm) => {
    const given = text === undefined ? {} : { ACCESS_TOKEN_ALGORITHM: text }

    expect(readConfig(anEnv(given)).accessTokenAlgorithm).toBe(algorithm)
  })

  it.each(['rs256', 'RS512', 'PS256', 'HS256', 'ES256', 'Ed25519', 'none', 'RS256 ', 'EdDSA,RS256', 'toString'])(
    'refuses %j, naming the variable',
    (text) => {
      const complaint = complaintAbout(anEnv({ ACCESS_TOKEN_ALGORITHM: text }))

      expect(complaint).toBeInstanceOf(ConfigError)
      expect(String(complaint)).toContain('ACCESS_TOKEN_ALGORITHM')
    },
  )
})

describe('the host of the console', () => {
  it('is every host, unless it is named', () => {
    expect(readConfig(anEnv()).consoleHost).toBeNull()
    expect(readConfig(anEnv({ CONSOLE_HOST: '' })).consoleHost).toBeNull()
  })

  it.each(['console.example.com', 'localhost', 'xn--zo-xka.example'])('may be %s', (host) => {
    expect(readConfig(anEnv({ CONSOLE_HOST: host })).consoleHost).toBe(host)
  })

  it.each([
    'https://console.example.com',
    'console.example.com/',
    'console.example.com/console',
    'console.example.com:8443',
    'Console.example.com',
    'zoë.example',
    'console.example.com.',
    'user@console.example.com',
    'a.example,b.example',
    ' console.example.com',
    '*',
    '*.example.com',
  ])('is refused as %j, naming the variable', (host) => {
    const complaint = complaintAbout(anEnv({ CONSOLE_HOST: host }))

    expect(complaint).toBeInstanceOf(ConfigError)
    expect(String(complaint)).toContain('CONSOLE_HOST')
  })
})

describe('the lifetime of access tokens', () => {
  it('is an hour unless told otherwise', () => {
    expect(readConfig(anEnv()).accessTokenLifetimeSeconds).toBe(3600)
    expect(readConfig(anEnv({ ACCESS_TOKEN_LIFETIME_SECONDS: '' })).accessTokenLifetimeSeconds).toBe(3600)
  })

  it.each([
    ['60', 60],
    ['3600', 3600],
    ['86400', 86_400],
  ])('reads %s as seconds', (text, seconds) => {
    expect(readConfig(anEnv({ ACCESS_TOKEN_LIFETIME_SECONDS: text })).accessTokenLifetimeSeconds).toBe(seconds)
  })

  it.each([
    '0',
    '59',
    '86401',
    '999999',
    '1000000',
    '-60',
    '60.5',
    '1e3',
    ' 60',
    '60 ',
    '60\n',
    'hour',
    '0x3c',
    '６０',
  ])('refuses %j, naming the variable', (text) => {
    const complaint = complaintAbout(anEnv({ ACCESS_TOKEN_LIFETIME_SECONDS: text }))

    expect(complaint).toBeInstanceOf(ConfigError)
    expect(String(complaint)).toContain('ACCESS_TOKEN_LIFETIME_SECONDS')
  })
})
