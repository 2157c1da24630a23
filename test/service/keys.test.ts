import { env } from 'cloudflare:workers'
import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { createKey, editKey, getKey, type KeyEdit } from '../../src/service/keys.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { aCaller, aStoredKey, eventsOf, NOON, testDeps } from '../support/factory.ts'

const HOUR_MS = 3_600_000

describe('createKey', () => {
  it('gives back the key that is stored', async () => {
    const deps = testDeps()
    const { key } = await aStoredKey(deps, { ownerId: 'ana', metadata: { team: { name: 'ops' } }, expiresAt: NOON + 1 })

    expect(await getKey(deps, aCaller(), key.id)).toEqual(key)
  })

  it('stores exactly one secret, as the SHA-256 of the token', async () => {
    const { key, token } = await aStoredKey(testDeps())
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))

    const { results } = await env.DB.prepare('SELECT prefix, hash FROM api_key_secrets WHERE key_id = ?')
      .bind(key.id)
      .all()

    expect(results).toEqual([{ prefix: key.prefix, hash: Buffer.from(digest).toString('hex') }])
  })

  it('keeps each scope once, in the order of the catalogue', async () => {
    const { key } = await aStoredKey(testDeps(), { scopes: ['write', 'read', 'write'] })

    expect(key.scopes).toEqual(['read', 'write'])
  })

  it('names every scope that is unknown and every required one that is missing', async () => {
    const refused = aStoredKey(testDeps(), { scopes: ['write', 'admin', 'Read'] })

    await expect(refused).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [
        { path: 'scopes.1', message: expect.stringContaining('"admin"') },
        { path: 'scopes.2', message: expect.stringContaining('"Read"') },
        { path: 'scopes', message: expect.stringContaining('"read" is required') },
      ],
    })
  })

  it.each([NOON, NOON - 1])('refuses a key that would be dead at birth', async (expiresAt) => {
    await expect(aStoredKey(testDeps(), { expiresAt })).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ path: 'expiresAt' }],
    })
  })

  it('refuses an environment that does not exist', async () => {
    const refused = createKey(testDeps(), aCaller(), 'env_none', { name: 'x', scopes: [] })

    await expect(refused).rejects.toMatchObject({ code: 'not_found' })
  })

  it('records who created it, with everything but the token', async () => {
    const deps = testDeps()
    const { key } = await aStoredKey(deps, { ownerId: 'ana' })
    const { name, prefix, scopes, enabled, ownerId, metadata, expiresAt } = key

    expect(await eventsOf(deps, { keyId: key.id })).toMatchObject([
      {
        at: NOON,
        actor: { type: 'root', id: 'root' },
        action: 'key.created',
        projectId: key.projectId,
        environmentId: key.environmentId,
        before: null,
        after: { name, prefix, scopes, enabled, ownerId, metadata, expiresAt },
        requestId: 'test-request',
        address: '203.0.113.7',
      },
    ])
  })
})

describe('editKey', () => {
  async function aKeyToEdit(input: Parameters<typeof aStoredKey>[1] = {}) {
    const deps = testDeps()
    const { key } = await aStoredKey(deps, input)
    const edit = (change: KeyEdit) => editKey(deps, aCaller(), key.id, change)
    return { deps, key, edit, stored: () => getKey(deps, aCaller(), key.id) }
  }

  it('changes what is given and nothing else, and gives back what is stored', async () => {
    const { key, edit, stored } = await aKeyToEdit({ ownerId: 'ana', metadata: { a: 1 } })

    const { key: edited } = await edit({ name: 'invoices', ownerId: undefined })

    expect(edited).toEqual({ ...key, name: 'invoices', revision: 2 })
    expect(await stored()).toEqual(edited)
  })

  it('takes away an expiry and an owner that are given as null', async () => {
    const { edit, stored } = await aKeyToEdit({ expiresAt: NOON + HOUR_MS, ownerId: 'ana' })

    await edit({ expiresAt: null, ownerId: null })

    expect(await stored()).toMatchObject({ expiresAt: null, ownerId: null })
  })

  it('replaces metadata as a whole', async () => {
    const { edit, stored } = await aKeyToEdit({ metadata: { kept: true, nested: { a: 1 } } })

    await edit({ metadata: { nested: { b: 2 } } })

    expect((await stored()).metadata).toEqual({ nested: { b: 2 } })
  })

  it('disables and enables again', async () => {
    const { edit, stored } = await aKeyToEdit()

    await edit({ enabled: false })
    expect(await stored()).toMatchObject({ enabled: false })

    await edit({ enabled: true })
    expect(await stored()).toMatchObject({ enabled: true })
  })

  it('names an unknown scope and changes nothing', async () => {
    const { key, edit, stored } = await aKeyToEdit()

    await expect(edit({ name: 'other', scopes: ['read', 'admin'] })).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ path: 'scopes.1', message: expect.stringContaining('"admin"') }],
    })
    expect(await stored()).toEqual(key)
  })

  it('refuses to take a required scope away', async () => {
    const { edit } = await aKeyToEdit({ scopes: ['read', 'write'] })

    await expect(edit({ scopes: ['write'] })).rejects.toMatchObject({
      code: 'invalid_request',
      faults: [{ path: 'scopes', message: expect.stringContaining('"read"') }],
    })
  })

  it('gives an expired key a later expiry, which makes it live again', async () => {
    const { deps, edit, stored } = await aKeyToEdit({ expiresAt: NOON + 1 })
    deps.setTime(NOON + HOUR_MS)

    await edit({ expiresAt: NOON + 2 * HOUR_MS })

    expect(await stored()).toMatchObject({ expiresAt: NOON + 2 * HOUR_MS, revokedAt: null })
  })

  it('never changes a revoked key, not even by an edit that changes nothing', async () => {
    const { deps, key, edit, stored } = await aKeyToEdit()
    const { key: revoked } = await revokeKey(deps, aCaller(), key.id, {})

    for (const change of [{ name: 'x' }, { enabled: true }, {}]) {
      await expect(edit(change)).rejects.toMatchObject({ code: 'conflict' })
    }
    expect(await stored()).toEqual(revoked)
  })

  it.each<KeyEdit>([
    {},
    { name: 'billing' },
    { name: 'billing', enabled: true, expiresAt: null, ownerId: null },
    { scopes: ['read', 'read'] },
    { metadata: { b: [1, { c: null }], a: 'x' } },
    { metadata: { a: 'x', b: [1, { c: null }] } },
  ])('leaves no trace of an edit that changes nothing: %o', async (change) => {
    const { deps, key, edit, stored } = await aKeyToEdit({ metadata: { b: [1, { c: null }], a: 'x' } })

    await edit(change)

    expect({ ...(await stored()), revision: key.revision }).toEqual(key)
    expect(await eventsOf(deps, { keyId: key.id })).toHaveLength(1)
  })

  it('records the fields it touched, before and after, and only those', async () => {
    const { deps, key, edit } = await aKeyToEdit({ ownerId: 'ana' })

    await edit({ name: 'billing', ownerId: 'ben', expiresAt: NOON + HOUR_MS })

    expect(
      (await eventsOf(deps, { keyId: key.id, action: 'key.updated' })).map(({ before, after }) => [before, after]),
    ).toEqual([
      [
        { ownerId: 'ana', expiresAt: null },
        { ownerId: 'ben', expiresAt: NOON + HOUR_MS },
      ],
    ])
  })

  it('says when the change was committed', async () => {
    const { deps, edit } = await aKeyToEdit()
    deps.setTime(NOON + 5)

    const { receipt } = await edit({ name: 'other' })

    expect(receipt).toEqual({ committedAt: NOON + 5, effectiveBy: NOON + 5 + 5000, recorded: 'recorded' })
  })
})

describe('editKey, twenty at once', () => {
  const CHANGES: Record<string, (index: number) => KeyEdit> = {
    'the same field': (index) => ({ name: `name ${index}` }),
    'different fields': (index) =>
      [
        { name: `name ${index}` },
        { ownerId: `owner ${index}` },
        { metadata: { index } },
        { expiresAt: NOON + HOUR_MS + index },
        { scopes: index % 8 < 4 ? ['read', 'write'] : ['read'], ownerId: `both ${index}` },
      ][index % 5] ?? {},
  }

  async function editedAtOnce(kind: string) {
    const deps = testDeps()
    const { key } = await aStoredKey(deps)
    const edits = Array.from({ length: 20 }, (_, index) => CHANGES[kind]?.(index) ?? {})
    await Promise.all(edits.map((edit) => editKey(deps, aCaller(), key.id, edit)))
    const stored: Record<string, unknown> = { ...(await getKey(deps, aCaller(), key.id)) }
    return { edits, stored, events: await eventsOf(deps, { keyId: key.id }) }
  }

  describe.each(Object.keys(CHANGES))('of %s', (kind) => {
    it('makes every change, gives each a revision of its own, and records each once', async () => {
      const { edits, stored, events } = await editedAtOnce(kind)

      expect(stored.revision).toBeGreaterThanOrEqual(21)
      expect(events).toHaveLength(21)
      for (const edit of edits) {
        const told = Object.entries(edit).filter(([field]) => field !== 'scopes')
        const records = events
          .slice(1)
          .filter(({ after }) =>
            told.every(([field, value]) => JSON.stringify(after?.[field]) === JSON.stringify(value)),
          )
        expect(records).toHaveLength(1)
      }
    })

    it('leaves a log in which each change begins where the one before ended', async () => {
      const { stored, events } = await editedAtOnce(kind)
      const [created, ...updates] = events
      const state: Record<string, unknown> = { ...created?.after }

      for (const { before, after } of updates) {
        expect(state).toMatchObject(before ?? {})
        Object.assign(state, after)
      }

      expect(stored).toMatchObject(state)
    })
  })
})
