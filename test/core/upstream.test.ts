import { describe, expect, it } from 'vitest'
import { buildUpstreamUrl, findUpstreamUrlFault } from '../../src/core/upstream.ts'

describe('findUpstreamUrlFault', () => {
  it.each([
    'https://api.example.com',
    'https://api.example.com:8443/v2',
    'https://93.184.216.34',
    'https://[2606:4700:4700::1111]/',
    'http://localhost:8788',
    'http://127.0.0.1:8788/base',
    'http://[::1]:8788',
    'https://api.example.com./',
    'https://internal.example.com',
  ])('has nothing against %s', (url) => {
    expect(findUpstreamUrlFault(url)).toBeNull()
  })

  it.each([
    ['', 'absolute URL'],
    ['api.example.com', 'absolute URL'],
    ['ftp://example.com', 'https'],
    ['javascript:alert(1)', 'https'],
    ['http://api.example.com', 'loopback'],
    ['https://user:secret@example.com', 'user name'],
    ['https://example.com?x=1', 'query'],
    ['https://example.com/?', 'query'],
    ['https://example.com/#x', 'fragment'],
    ['https://example.com//x', 'empty segments'],
    ['https://example.com/a%2fb', 'encoded'],
    ['https://10.0.0.1', 'private'],
    ['https://172.16.0.1', 'private'],
    ['https://172.31.255.255', 'private'],
    ['https://192.168.1.1', 'private'],
    ['https://169.254.169.254/latest/meta-data', 'private'],
    ['http://169.254.169.254', 'private'],
    ['https://100.64.0.1', 'private'],
    ['https://0.0.0.0', 'private'],
    ['https://224.0.0.1', 'private'],
    ['https://255.255.255.255', 'private'],
    ['https://198.18.0.1', 'private'],
    ['https://192.0.2.1', 'private'],
    ['https://2852039166', 'private'],
    ['https://0xa9fea9fe', 'private'],
    ['https://0251.0376.0251.0376', 'private'],
    ['https://169.254.43518', 'private'],
    ['https://[fe80::1]', 'private'],
    ['https://[fd00::1]', 'private'],
    ['https://[::]', 'private'],
    ['https://[::ffff:169.254.169.254]', 'private'],
    ['https://[::ffff:7f00:1]', 'private'],
    ['https://[64:ff9b::a9fe:a9fe]', 'private'],
    ['https://[2002:a9fe:a9fe::1]', 'private'],
    ['https://[2001:db8::1]', 'private'],
    ['https://[2001::1]', 'private'],
    ['https://[ff02::1]', 'private'],
    ['https://metadata', 'private'],
    ['https://metadata.google.internal', 'private'],
    ['https://METADATA.google.INTERNAL.', 'private'],
    ['https://printer.local', 'private'],
    [`https://example.com/${'a'.repeat(3000)}`, 'at most'],
  ])('refuses %s: %s', (url, word) => {
    expect(findUpstreamUrlFault(url)).toContain(word)
  })
})

describe('buildUpstreamUrl', () => {
  it.each([
    ['https://a.example', '/api/x', '', 'https://a.example/api/x'],
    ['https://a.example/', '/api/x', '?a=1', 'https://a.example/api/x?a=1'],
    ['https://a.example/v2', '/api/x%20y', '?a=%2F', 'https://a.example/v2/api/x%20y?a=%2F'],
    ['https://a.example/v2/', '/api/x/', '', 'https://a.example/v2/api/x/'],
  ])('puts the path of %s before %s%s', (base, pathname, search, address) => {
    expect(buildUpstreamUrl(base, { pathname }, search)).toBe(address)
  })
})
