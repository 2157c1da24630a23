import { describe, expect, it } from 'vitest'
import { etagOf } from '../../src/core/etag.ts'
import type { Route } from '../../src/core/route-table.ts'
import { editEnvironment } from '../../src/service/environments.ts'
import { getRerankControls, setRerankControls } from '../../src/service/rerank-controls.ts'
import { getRoutes, replaceRoutes } from '../../src/service/routes.ts'
import { aCaller, anEnvironment, testDeps } from '../support/factory.ts'

const aRoute = (path: string): Route => ({
  methods: ['GET'],
  path,
  scopes: [],
  upstream: null,
  rerank: false,
  webSocket: false,
  timeoutMs: 1000,
})

const CONTROLS = { global_default: { surface: 'search', rerank_mode: 'off', rerank_depth: 0 } } as const
const STRONGER = { global_default: { surface: 'search', rerank_mode: 'aggressive', rerank_depth: 9 } } as const

async function anEditableEnvironment() {
  const deps = testDeps()
  const environment = await anEnvironment(deps, { scopes: [] })
  return { deps, environment, id: environment.id, caller: aCaller() }
}

describe('a change that states what it was made from', () => {
  it('is made when that is still what is stored', async () => {
    const { deps, caller, id } = await anEditableEnvironment()

    await replaceRoutes(deps, caller, id, [aRoute('/api/one')], { ifMatch: etagOf({ routes: [] }) })

    expect(await getRoutes(deps, caller, id)).toMatchObject([{ path: '/api/one' }])
  })

  it('is a conflict, and leaves the other change alone, when somebody else was first', async () => {
    const { deps, caller, id } = await anEditableEnvironment()
    await replaceRoutes(deps, caller, id, [aRoute('/api/theirs')])

    const late = replaceRoutes(deps, caller, id, [aRoute('/api/mine')], { ifMatch: etagOf({ routes: [] }) })

    await expect(late).rejects.toMatchObject({ code: 'conflict' })
    expect(await getRoutes(deps, caller, id)).toMatchObject([{ path: '/api/theirs' }])
  })

  it('is made by one of ten who saw the same', async () => {
    const { deps, caller, id } = await anEditableEnvironment()
    const ifMatch = etagOf({ routes: [] })

    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) => replaceRoutes(deps, caller, id, [aRoute(`/api/r${at}`)], { ifMatch })),
    )

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('of rerank controls that were never set is refused once they are', async () => {
    const { deps, caller, id } = await anEditableEnvironment()
    const context = { environmentId: id, contextId: 'home' }
    const ifMatch = etagOf({ controls: null })
    await setRerankControls(deps, caller, context, CONTROLS, { ifMatch })

    await expect(setRerankControls(deps, caller, context, STRONGER, { ifMatch })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await getRerankControls(deps, caller, context)).toEqual(CONTROLS)
  })

  it('of some fields is not in the way of changes to the others', async () => {
    const { deps, caller, id, environment } = await anEditableEnvironment()
    await editEnvironment(deps, caller, id, { tag: 'staging' })

    const renamed = await editEnvironment(
      deps,
      caller,
      id,
      { name: 'Renamed' },
      { ifMatch: etagOf({ name: environment.name }) },
    )

    expect(renamed).toMatchObject({ name: 'Renamed', tag: 'staging' })
  })

  it('of a field that changed is refused', async () => {
    const { deps, caller, id, environment } = await anEditableEnvironment()
    await editEnvironment(deps, caller, id, { name: 'Theirs' })

    const late = editEnvironment(deps, caller, id, { name: 'Mine' }, { ifMatch: etagOf({ name: environment.name }) })

    await expect(late).rejects.toMatchObject({ code: 'conflict' })
  })
})
