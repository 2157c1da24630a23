import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { editKey, listKeys } from '../../src/service/keys.ts'
import { sweep } from '../../src/service/sweep.ts'
import { renewSearchTerms } from '../../src/store/search-terms.ts'
import { aCaller, anEnvironment, aStoredKey, FIRST_PAGE, testDeps } from '../support/factory.ts'

/** A key as it was stored before names were folded: with the terms of lower-casing, and on the list. */
async function aKeyWithOldTerms(name: string) {
  const deps = testDeps()
  const environment = await anEnvironment(deps)
  const { key } = await aStoredKey(deps, { environment, name })
  await env.DB.batch([
    env.DB.prepare("UPDATE api_key_terms SET term = ? WHERE key_id = ? AND kind = 'name'").bind(
      name.toLowerCase(),
      key.id,
    ),
    env.DB.prepare('INSERT INTO old_search_terms (key_id) VALUES (?)').bind(key.id),
  ])
  const find = async (search: string) =>
    (await listKeys(deps, aCaller(), { environmentId: environment.id, search }, FIRST_PAGE)).items.map(({ id }) => id)
  return { deps, key, find }
}

const listed = () => env.DB.prepare('SELECT count(*) AS n FROM old_search_terms').first<number>('n')

describe('renewing search terms', () => {
  it('lets a key be found by the folding of its name, and by its prefix as before', async () => {
    const { deps, key, find } = await aKeyWithOldTerms('İstanbul')
    expect(await find('istanbul')).toEqual([])

    await renewSearchTerms(deps.db, 100)

    expect(await find('istanbul')).toEqual([key.id])
    expect(await find(key.prefix)).toEqual([key.id])
    expect(await listed()).toBe(0)
  })

  it('does as many keys as it is told, and the rest next time', async () => {
    const { deps } = await aKeyWithOldTerms('Straße')
    await aKeyWithOldTerms('GASẞE')
    await aKeyWithOldTerms('ΟΔΟΣ')

    const done = [
      await renewSearchTerms(deps.db, 2),
      await renewSearchTerms(deps.db, 2),
      await renewSearchTerms(deps.db, 2),
    ]

    expect(done).toEqual([2, 1, 0])
  })

  it('leaves the new terms of a key that was renamed meanwhile', async () => {
    const { deps, key, find } = await aKeyWithOldTerms('Straße')
    await editKey(deps, aCaller(), key.id, { name: 'Weg' })

    await renewSearchTerms(deps.db, 100)

    expect(await find('weg')).toEqual([key.id])
    expect(await find('strasse')).toEqual([])
  })

  it('is done by the sweep', async () => {
    const { deps, key, find } = await aKeyWithOldTerms('STRAẞE')

    await sweep(deps)

    await expect.poll(() => find('strasse')).toEqual([key.id])
  })
})
