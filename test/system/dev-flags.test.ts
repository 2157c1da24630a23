import { describe, expect, it } from 'vitest'
import { choosePorts, readDevFlags, UnusableFlag } from '../../scripts/dev-flags.ts'

describe('readDevFlags', () => {
  it.each([
    { flags: [], port: 8788 },
    { flags: ['--port', '9000'], port: 9001 },
    { flags: ['--port=9000'], port: 9001 },
    { flags: ['--port', '0'], port: 0 },
    { flags: ['--port', '9000', '--upstream-port', '7000'], port: 7000 },
    { flags: ['--upstream-port=7000'], port: 7000 },
    { flags: ['--port', '9000', '--inspector-port', '9001'], port: 9002 },
    { flags: ['--inspector-port=8788'], port: 8789 },
    { flags: ['--inspector-port', '9229'], port: 8788 },
    { flags: ['--port', '9000', '--inspector-port', '0'], port: 9001 },
    { flags: ['--port', '0', '--inspector-port', '9001'], port: 0 },
  ])('puts the upstream on port $port for $flags', ({ flags, port }) => {
    expect(readDevFlags(flags).upstream?.port).toBe(port)
  })

  it.each([
    ['--port', '1e3'],
    ['--port', '65536'],
    ['--port', '65535'],
    ['--port', '65534', '--inspector-port', '65535'],
    ['--inspector-port', 'x'],
    ['--upstream-port', '-1'],
    ['--upstream-port', ''],
    ['--upstream-port'],
  ])('refuses %s %s', (...flags) => {
    expect(() => readDevFlags(flags)).toThrow(UnusableFlag)
  })

  it.each([
    [['--port', '9000', '--inspector-port', '9000'], '--port and --inspector-port both name port 9000.'],
    [['--inspector-port=9001', '--upstream-port=9001'], '--inspector-port and --upstream-port both name port 9001.'],
    [['--upstream-port=8000', '--port=8000'], '--port and --upstream-port both name port 8000.'],
  ])('refuses %j, naming both flags', (flags, message) => {
    expect(() => readDevFlags(flags)).toThrow(message)
  })

  it('ignores the port of an upstream that is not wanted', () => {
    expect(readDevFlags(['--port', '9000', '--upstream-port', '9000', '--no-upstream']).upstream).toBeNull()
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

describe('choosePorts', () => {
  const choose = (flags: string[], taken: number[]) =>
    choosePorts(readDevFlags(flags), async (port) => !taken.includes(port))

  it.each([
    { flags: [], taken: [], port: 8788 },
    { flags: [], taken: [8788, 8789], port: 8790 },
    { flags: ['--port', '9000'], taken: [9001], port: 9002 },
    { flags: ['--port', '9000', '--inspector-port', '9002'], taken: [9001], port: 9003 },
    { flags: ['--port', '9000', '--inspector-port', '9001'], taken: [9002, 9003], port: 9004 },
    { flags: ['--port', '9000', '--upstream-port', '7000'], taken: [9001, 7001], port: 7000 },
    { flags: ['--port', '0'], taken: [0, 1], port: 0 },
  ])('puts the upstream on port $port for $flags while $taken are taken', async ({ flags, taken, port }) => {
    expect((await choose(flags, taken)).upstream?.port).toBe(port)
  })

  it.each([
    [[], 8787, 'Port 8787 is taken. Choose another with --port.'],
    [['--port', '9000'], 9000, 'Port 9000 is taken. Choose another with --port.'],
    [['--port', '9000', '--inspector-port', '9001'], 9001, 'Port 9001 is taken. Choose another with --inspector-port.'],
    [['--no-upstream', '--inspector-port', '9001'], 9001, 'Port 9001 is taken. Choose another with --inspector-port.'],
    [['--upstream-port', '7000'], 7000, 'Port 7000 is taken, and the example upstream needs it.'],
    [['--port', '65534'], 65_535, '--upstream-port: must be a whole number from 0 to 65535'],
  ])('says of %j which port is taken and which flag to change: %i', async (flags, taken, message) => {
    const chosen = choose(flags, [taken])

    await expect(chosen).rejects.toThrow(UnusableFlag)
    await expect(chosen).rejects.toThrow(message)
  })
})
