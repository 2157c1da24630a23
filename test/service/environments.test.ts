import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { ScopeCatalogue } from '../../src/core/scope.ts'
import {
  createEnvironment,
  type EnvironmentEdit,
  editEnvironment,
  getEnvironment,
  listEnvironments,
} from '../../src/service/environments.ts'
import { createKey, editKey, getKey, listKeys } from '../../src/service/keys.ts'
import { deleteEnvironment } from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import { sweep } from '../../src/service/sweep.ts'
import {
  aCaller,
  anEnvironment,
  aProject,
  aStoredKey,
  eventsOf,
  FIRST_PAGE,
  NOON,
  testDeps,
  verifyKey,
} from '../support/factory.ts'

const scope = (name: string, required = false) => ({ name, description: null, required })
const READ = scope('read', true)
const WRITE = scope('write')

async function anEnvironmentToEdit(scopes: ScopeCatalogue = [READ, WRITE]) {
  const deps = testDeps()
  const environment = await anEnvironment(deps, { scopes })
  const edit = (change: EnvironmentEdit) => editEnvironment(deps, aCaller(), environment.id, change)
  const aKey = (held: string[]) => aStoredKey(deps, { environment, scopes: held })
  return { deps, environment, edit, aKey, stored: () => getEnvironment(deps, aCaller(), environment.id) }
}

/** What was refused with one of these codes, as null; anything else is thrown on. */
const unless = async <T>(work: Promise<T>, ...codes: string[]): Promise<T | null> => {
  try {
    return await work
  } catch (error) {
    if (error instanceof Error && 'code' in error && codes.includes(String(error.code))) return null
    throw error
  }
}

const rounds = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('createEnvironment', () => {
  it('gives back what is stored, with the bounds that are safe', async () => {
    const { environment, stored } = await anEnvironmentToEdit()

    expect(await stored()).toEqual(environment)
    expect(environment).toMatchObject({ revision: 1, bounds: { maxStalenessMs: 5000, onUnknown: 'deny' } })
  })

  it('takes the catalogue of a template', async () => {
    const environment = await anEnvironment(testDeps(), { template: 'recommendations' })

    expect(environment.scopes.map(({ name }) => name)).toEqual(['recommendations', 'events', 'items'])
  })

  it('refuses a template together with a catalogue', async () => {
    const deps = testDeps()
    const refused = anEnvironment(deps, { template: 'data-api', scopes: [READ] })

    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', faults: [{ path: 'scopes' }] })
  })

  it('refuses a project that does not exist and leaves no event', async () => {
    const deps = testDeps()
    const refused = createEnvironment(deps, aCaller(), 'proj_none', { name: 'x', tag: 'x' })

    await expect(refused).rejects.toMatchObject({ code: 'not_found' })
    expect(await eventsOf(deps, { projectId: 'proj_none' })).toEqual([])
  })
})

describe('editEnvironment', () => {
  it('changes what is given and nothing else, and records only that', async () => {
    const { deps, environment, edit, stored } = await anEnvironmentToEdit()

    const edited = await edit({ name: 'Live', bounds: { maxStalenessMs: 100 } })

    const changed = { name: 'Live', bounds: { maxStalenessMs: 100, onUnknown: 'deny' } }
    expect(edited).toEqual({ ...environment, ...changed, revision: 2 })
    expect(await stored()).toEqual(edited)
    expect(await eventsOf(deps, { environmentId: environment.id, action: 'environment.updated' })).toMatchObject([
      { before: { name: 'Production', bounds: environment.bounds }, after: changed },
    ])
  })

  it('leaves no trace of an edit that changes nothing', async () => {
    const { deps, environment, edit, stored } = await anEnvironmentToEdit()

    await edit({ name: 'Production', scopes: [READ, WRITE], bounds: { maxStalenessMs: 5000 } })

    expect(await stored()).toEqual(environment)
    expect(await eventsOf(deps, { environmentId: environment.id })).toHaveLength(1)
  })

  it('keeps a scope that a live key holds, and names it', async () => {
    const { environment, edit, aKey, stored } = await anEnvironmentToEdit()
    await aKey(['read', 'write'])

    await expect(edit({ name: 'Live', scopes: [READ] })).rejects.toMatchObject({
      code: 'conflict',
      faults: [{ path: 'scopes', message: expect.stringContaining('"write" is still held') }],
    })
    expect(await stored()).toEqual(environment)
  })

  it('requires no scope that a live key lacks, and names it', async () => {
    const { edit, aKey } = await anEnvironmentToEdit()
    await aKey(['read'])

    for (const wanted of [
      [READ, scope('write', true)],
      [READ, WRITE, scope('audit', true)],
    ]) {
      await expect(edit({ scopes: wanted })).rejects.toMatchObject({
        code: 'conflict',
        faults: [{ path: 'scopes', message: expect.stringMatching(/"(write|audit)" cannot be required/) }],
      })
    }
  })

  it('counts disabled and expired keys as live: both may come back', async () => {
    const { deps, environment, edit } = await anEnvironmentToEdit()
    const held = { environment, scopes: ['read', 'write'] }
    const { key: disabled } = await aStoredKey(deps, { ...held, enabled: false })
    const { key: expired } = await aStoredKey(deps, { ...held, expiresAt: NOON + 1 })
    deps.setTime(NOON + 1)

    await expect(edit({ scopes: [READ] })).rejects.toMatchObject({ code: 'conflict' })
    await revokeKey(deps, aCaller(), disabled.id, {})
    await expect(edit({ scopes: [READ] })).rejects.toMatchObject({ code: 'conflict' })
    await revokeKey(deps, aCaller(), expired.id, {})

    expect(await edit({ scopes: [READ] })).toMatchObject({ scopes: [READ] })
  })

  it('lets a scope go once no key holds it any more', async () => {
    const { deps, edit, aKey } = await anEnvironmentToEdit()
    const { key } = await aKey(['read', 'write'])
    await editKey(deps, aCaller(), key.id, { scopes: ['read'] })

    expect(await edit({ scopes: [READ] })).toMatchObject({ scopes: [READ] })
  })

  it('requires a scope that every live key holds', async () => {
    const { edit, aKey } = await anEnvironmentToEdit()
    await aKey(['read', 'write'])

    const required = scope('write', true)
    expect(await edit({ scopes: [READ, required] })).toMatchObject({ scopes: [READ, required] })
  })

  it('loses no edit of twenty at once', async () => {
    const { deps, environment, edit, stored } = await anEnvironmentToEdit()

    await Promise.all(rounds(20).map((index) => edit(index % 2 ? { name: `name ${index}` } : { tag: `tag ${index}` })))

    const [created, ...updates] = await eventsOf(deps, { environmentId: environment.id })
    const state: Record<string, unknown> = { ...created?.after }
    for (const { before, after } of updates) {
      expect(state).toMatchObject(before ?? {})
      Object.assign(state, after)
    }
    expect(updates).toHaveLength(20)
    expect(await stored()).toMatchObject(state)
    expect((await stored()).revision).toBeGreaterThanOrEqual(21)
  })
})

describe('a catalogue and the keys made beside its change', () => {
  async function keysOutsideTheCatalogue(environmentId: string) {
    const { results } = await env.DB.prepare(
      `SELECT k.id FROM api_keys AS k JOIN environments AS e ON e.id = k.environment_id
       WHERE e.id = ? AND k.revoked_at IS NULL AND (
         EXISTS (SELECT 1 FROM json_each(k.scopes) AS s WHERE s.value NOT IN (SELECT value ->> 'name' FROM json_each(e.scopes)))
         OR EXISTS (SELECT 1 FROM json_each(e.scopes) AS c WHERE c.value ->> 'required'
           AND c.value ->> 'name' NOT IN (SELECT value FROM json_each(k.scopes))))`,
    )
      .bind(environmentId)
      .all()
    return results
  }

  it('agree when a scope goes while keys that want it are created', async () => {
    for (const round of rounds(24)) {
      const { environment, edit, aKey } = await anEnvironmentToEdit()
      const create = () => unless(aKey(['read', 'write']), 'invalid_request')
      const before = rounds(round % 3).map(create)
      await Promise.all([...before, unless(edit({ scopes: [READ] }), 'conflict'), create(), create()])

      expect(await keysOutsideTheCatalogue(environment.id)).toEqual([])
    }
  })

  it('agree when a scope goes while a key is given it', async () => {
    for (const _ of rounds(25)) {
      const { deps, environment, edit, aKey } = await anEnvironmentToEdit()
      const { key } = await aKey(['read'])
      const widened = editKey(deps, aCaller(), key.id, { scopes: ['read', 'write'] })
      await Promise.all([unless(widened, 'invalid_request'), unless(edit({ scopes: [READ] }), 'conflict')])

      expect(await keysOutsideTheCatalogue(environment.id)).toEqual([])
    }
  })

  it('agree when a scope becomes required while keys without it are created', async () => {
    const required = [READ, scope('write', true)]
    for (const round of rounds(24)) {
      const { environment, edit, aKey } = await anEnvironmentToEdit()
      const create = () => unless(aKey(['read']), 'invalid_request')
      const before = rounds(round % 3).map(create)
      await Promise.all([...before, unless(edit({ scopes: required }), 'conflict'), create(), create()])

      expect(await keysOutsideTheCatalogue(environment.id)).toEqual([])
    }
  })
})

describe('deleteEnvironment', () => {
  async function anEnvironmentToDelete(keyCount = 3) {
    const made = await anEnvironmentToEdit()
    const keys = []
    for (let count = 0; count < keyCount; count += 1) keys.push(await made.aKey(['read']))
    const remove = () => deleteEnvironment(made.deps, aCaller(), made.environment.id, { confirm: 'Production' })
    return { ...made, keys, remove }
  }

  it('revokes every key, at one moment, and says how many', async () => {
    const { deps, keys, remove } = await anEnvironmentToDelete()
    const { key: revokedBefore } = await revokeKey(deps, aCaller(), keys[0]?.key.id ?? '', { reason: 'compromised' })
    deps.setTime(NOON + 5)

    const { receipt, revokedKeys } = await remove()

    expect({ receipt, revokedKeys }).toEqual({
      receipt: { committedAt: NOON + 5, effectiveBy: NOON + 5 + 5000, recorded: 'recorded' },
      revokedKeys: 2,
    })
    for (const { token } of keys) expect(await verifyKey(deps, null, { token })).toMatchObject({ code: 'revoked' })
    expect(await getKey(deps, aCaller(), revokedBefore?.id ?? '')).toEqual(revokedBefore)
  })

  it('gives each key it revokes a tombstone and an audit event of its own', async () => {
    const { deps, environment, keys, remove } = await anEnvironmentToDelete()

    await remove()

    for (const { key } of keys) {
      expect(await env.REVOCATIONS.get(`revoked:v1:${key.prefix}`, 'json')).toStrictEqual({
        keyId: key.id,
        environmentId: environment.id,
        revokedAt: NOON,
      })
      expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toMatchObject([
        {
          at: NOON,
          actor: { id: 'root' },
          projectId: environment.projectId,
          environmentId: environment.id,
          before: { revokedAt: null },
          after: { revokedAt: NOON, revokedReason: 'no_longer_used', cause: 'environment.deleted' },
          requestId: 'test-request',
        },
      ])
    }
  })

  it('leaves nothing to read, edit, list or create keys in', async () => {
    const { deps, environment, edit, aKey, remove } = await anEnvironmentToDelete()
    await remove()
    const { id, projectId } = environment

    const gone = [
      () => getEnvironment(deps, aCaller(), id),
      () => edit({ name: 'back' }),
      () => aKey(['read']),
      () => listKeys(deps, aCaller(), { environmentId: id }, FIRST_PAGE),
      remove,
    ]
    for (const attempt of gone) await expect(attempt()).rejects.toMatchObject({ code: 'not_found' })
    expect((await listEnvironments(deps, aCaller(), projectId, FIRST_PAGE)).items).toEqual([])
  })

  it('does nothing unless its name is given', async () => {
    const { deps, environment, keys, stored } = await anEnvironmentToDelete(1)

    for (const confirm of ['', 'production', 'Production ']) {
      await expect(deleteEnvironment(deps, aCaller(), environment.id, { confirm })).rejects.toMatchObject({
        code: 'invalid_request',
        faults: [{ path: 'confirm' }],
      })
    }
    expect(await stored()).toEqual(environment)
    expect(await verifyKey(deps, null, { token: keys[0]?.token ?? '' })).toMatchObject({ valid: true })
  })

  it('leaves what is more than 25 tombstones to the sweep, with every key dead', async () => {
    const { deps, keys, remove } = await anEnvironmentToDelete(27)

    const { receipt } = await remove()

    expect(receipt.recorded).toBe('pending')
    for (const { token } of keys) expect(await verifyKey(deps, null, { token })).toMatchObject({ code: 'revoked' })
    expect((await sweep(deps)).tombstones).toEqual({ written: 2, failed: 0 })
  })

  it('leaves no live key when keys are created beside it', async () => {
    for (const _ of rounds(20)) {
      const { deps, environment, aKey, remove } = await anEnvironmentToDelete(1)
      const created = await Promise.all([
        ...rounds(3).map(() => unless(aKey(['read']), 'not_found')),
        remove().then(() => null),
        ...rounds(3).map(() => unless(aKey(['read']), 'not_found')),
      ])

      for (const made of created) {
        if (made) expect(await verifyKey(deps, null, { token: made.token })).toMatchObject({ code: 'revoked' })
      }
      const live = 'SELECT count(*) AS live FROM api_keys WHERE environment_id = ? AND revoked_at IS NULL'
      expect(await env.DB.prepare(live).bind(environment.id).first()).toEqual({ live: 0 })
    }
  })

  it('is done once by callers at the same time', async () => {
    const { deps, environment, keys, remove } = await anEnvironmentToDelete(2)

    const outcomes = await Promise.all(rounds(5).map(() => unless(remove(), 'not_found')))

    const revoked = outcomes.map((outcome) => outcome?.revokedKeys ?? 0)
    expect(revoked.filter((count) => count > 0)).toEqual([2])
    expect(await eventsOf(deps, { environmentId: environment.id, action: 'environment.deleted' })).toHaveLength(1)
    for (const { key } of keys) expect(await eventsOf(deps, { keyId: key.id, action: 'key.revoked' })).toHaveLength(1)
  })
})

describe('keys of a deleted environment', () => {
  it('stay readable, revoked, and cannot be changed', async () => {
    const { deps, environment, aKey } = await anEnvironmentToEdit()
    const { key } = await aKey(['read'])
    await deleteEnvironment(deps, aCaller(), environment.id, { confirm: 'Production' })

    expect(await getKey(deps, aCaller(), key.id)).toMatchObject({ revokedAt: NOON, revokedReason: 'no_longer_used' })
    await expect(editKey(deps, aCaller(), key.id, { name: 'x' })).rejects.toMatchObject({ code: 'conflict' })
    await expect(createKey(deps, aCaller(), environment.id, { name: 'x', scopes: ['read'] })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('environments of a project', () => {
  it('are listed newest first, those of other projects left out', async () => {
    const deps = testDeps()
    const project = await aProject(deps)
    const first = await anEnvironment(deps, { project })
    await anEnvironment(deps)
    const second = await anEnvironment(deps, { project, template: 'recommendations' })

    const { items } = await listEnvironments(deps, aCaller(), project.id, FIRST_PAGE)

    expect(items).toEqual([second, first])
  })
})
