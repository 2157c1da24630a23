import { describe, expect, it } from 'vitest'
import { entranceOf, toRoutedPath } from '../../src/core/entrance.ts'

describe('entranceOf', () => {
  it.each([
    [['api', 'items'], { kind: 'api_key', reranks: true }],
    [['api'], { kind: 'api_key', reranks: true }],
    [['core', 'items'], { kind: 'access_token', reranks: false }],
    [['API', 'items'], null],
    [['v1', 'core'], null],
    [[], null],
  ])('finds the entrance of %j', (path, entrance) => {
    expect(entranceOf(path)).toEqual(entrance)
  })
})

describe('toRoutedPath', () => {
  it('writes /core as the routes do, and changes nothing else', () => {
    expect(toRoutedPath(['core', 'core', 'x'])).toEqual(['api', 'core', 'x'])
    expect(toRoutedPath(['api', 'core'])).toEqual(['api', 'core'])
  })
})
