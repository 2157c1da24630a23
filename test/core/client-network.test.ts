import { describe, expect, it } from 'vitest'
import { networkOf } from '../../src/core/client-network.ts'

describe('networkOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:0000:0000:0000:0001', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:CB00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it.each(['', 'nonsense', '203.0.113', '203.0.113.7.1', '0xcb007107', '3405803783', '2001:db8:::1', '2001:db8::/64'])(
    'leaves %j, which is no address, as it is',
    (text) => {
      expect(networkOf(text)).toBe(text)
    },
  )

  it('cuts off what is too long to be an address, and has a word for none', () => {
    expect(networkOf('x'.repeat(1000))).toBe('x'.repeat(64))
    expect(networkOf(undefined)).toBe('unknown')
  })
})
