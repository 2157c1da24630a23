import { describe, expect, it } from 'vitest'
import { readDevFlags, UnusableFlag } from '../../scripts/dev-flags.ts'

describe('readDevFlags', () => {
  it.each([
    { flags: [], port: 8788 },
    { flags: ['--port', '9000'], port: 9001 },
    { flags: ['--port=9000'], port: 9001 },
    { flags: ['--port', '0'], port: 0 },
    { flags: ['--port', '9000', '--upstream-port', '7000'], port: 7000 },
    { flags: ['--upstream-port=7000'], port: 7000 },
  ])('puts the upstream on port $port for $flags', ({ flags, port }) => {
    expect(readDevFlags(flags).upstream?.port).toBe(port)
  })

  it.each([
    ['--port', '1e3'],
    ['--port', '65536'],
    ['--port', '65535'],
    ['--upstream-port', '-1'],
    ['--upstream-port', ''],
    ['--upstream-port'],
  ])('refuses %s %s', (...flags) => {
    expect(() => readDevFlags(flags)).toThrow(UnusableFlag)
  })

  it('passes on every flag but its own, in the order and form they came in', () => {
    const flags = ['--port=9000', '--no-upstream', '--ip', '0.0.0.0', '--upstream-port', '7000', '--log-level', 'debug']

    expect(readDevFlags(flags).keyward).toEqual(['--port=9000', '--ip', '0.0.0.0', '--log-level', 'debug'])
  })

  it('leaves the upstream out when asked to', () => {
    expect(readDevFlags(['--no-upstream', '--port', '65535']).upstream).toBeNull()
  })

  it('migrates the database that Keyward will use', () => {
    const flags = ['--persist-to', '/tmp/state', '-c', 'other.toml', '--env=staging']

    expect(readDevFlags(flags).sameDatabase).toEqual([
      ...['--persist-to', '/tmp/state'],
      ...['--config', 'other.toml'],
      ...['--env', 'staging'],
    ])
  })

  it('keeps what the upstream stores apart from what Keyward stores', () => {
    expect(readDevFlags(['--persist-to', '/tmp/state']).upstream?.flags).toEqual([
      '--persist-to',
      '/tmp/state/example-upstream',
    ])
  })
})
