// What the console has to show in the browser: ordinary things, nothing at all, and names that mean harm.
import { randomBytes } from 'node:crypto'
import { callWith, type ManagementApi } from '../../scripts/management-api.ts'

export const HOSTILE = {
  image: '<img src=x onerror=alert(1)>',
  script: '"><script>alert(2)</script>',
  attribute: "' onfocus=alert(3) autofocus x='",
  link: 'javascript:alert(4)',
  template: '{{constructor.constructor("alert(5)")()}}</textarea></title></style>',
  backwards: 'invoice \u202egnp.exe',
} as const

export type Seeded = {
  projectId: string
  /** With keys in every state, routes and rerank controls. */
  environmentId: string
  /** With nothing in it. */
  emptyEnvironmentId: string
  credentialId: string
  keys: Record<'active' | 'rotated' | 'disabled' | 'expiring' | 'revoked', string>
  /** Where everything that has a name has a hostile one. */
  hostile: { projectId: string; environmentId: string; keyId: string }
  memberToken: string
}

type Ask = ManagementApi['manage']
type Made = { id: string }

export async function seedConsole(url: string, rootKey: string): Promise<Seeded> {
  const ask = callWith(url, rootKey)
  const project = await ask<Made>('POST', '/v1/projects', { name: 'Storefront' })
  const environment = await ask<Made>('POST', `/v1/projects/${project.id}/environments`, {
    name: 'Production',
    tag: 'production',
    template: 'recommendations',
  })
  const empty = await ask<Made>('POST', `/v1/projects/${project.id}/environments`, {
    name: 'Staging',
    tag: 'staging',
    template: 'data-api',
  })
  const keys = await seedKeys(ask, environment.id)
  await seedFrontDoor(ask, environment.id)
  const credential = { name: 'Storefront SDK', scopes: ['recommendations', 'events'] }
  const { clientId } = await ask<{ clientId: string }>(
    'POST',
    `/v1/environments/${environment.id}/credentials`,
    credential,
  )
  const hostile = await seedHostile(ask)
  const member = await ask<{ token: string }>('POST', '/v1/management-keys', { name: 'Mia Member', role: 'member' })
  await ask('POST', '/v1/management-keys', {
    name: 'Checkout verifier',
    role: 'verifier',
    environmentId: environment.id,
  })
  return {
    projectId: project.id,
    environmentId: environment.id,
    emptyEnvironmentId: empty.id,
    credentialId: clientId,
    keys,
    hostile,
    memberToken: member.token,
  }
}

async function seedKeys(ask: Ask, environmentId: string): Promise<Seeded['keys']> {
  const make = async (name: string, scopes: string[], rest: object = {}) => {
    const body = { name, scopes, ...rest }
    return (await ask<{ key: Made }>('POST', `/v1/environments/${environmentId}/keys`, body)).key.id
  }
  const DAY_MS = 86_400_000
  const soon = new Date(Date.now() + 3 * DAY_MS).toISOString()
  const keys = {
    active: await make('Recommendation widget', ['recommendations'], { ownerId: 'team-discovery' }),
    rotated: await make('Event collector', ['events'], { ownerId: 'team-data' }),
    disabled: await make('Catalogue import', ['items'], { ownerId: 'team-catalogue', enabled: false }),
    expiring: await make('Black Friday load test', ['recommendations', 'events'], { expiresAt: soon }),
    revoked: await make('Old mobile app', ['recommendations', 'events', 'items'], { ownerId: 'team-mobile' }),
  }
  await ask('POST', `/v1/keys/${keys.rotated}/rotate`, { overlapSeconds: 86_400 })
  await ask('POST', `/v1/keys/${keys.revoked}/revoke`, { reason: 'no_longer_used', note: 'The app left the stores.' })
  return keys
}

async function seedFrontDoor(ask: Ask, environmentId: string): Promise<void> {
  const at = `/v1/environments/${environmentId}`
  const { routes } = await ask<{ routes: object[] }>('GET', `${at}/routes`)
  const upstream = { url: 'https://recommender.example.com' }
  await ask('PUT', `${at}/routes`, { routes: routes.map((route) => ({ ...route, upstream })) })
  for (const [contextId, rerank_mode] of [
    ['homepage', 'balanced'],
    ['category-page', 'aggressive'],
    ['checkout', 'off'],
  ]) {
    await ask('PUT', `${at}/rerank-controls/${contextId}`, {
      global_default: { surface: 'recommendations', rerank_mode, rerank_depth: 50 },
      surface_presets: { search: { rerank_mode: 'aggressive', rerank_depth: 80 } },
    })
  }
}

async function seedHostile(ask: Ask): Promise<Seeded['hostile']> {
  const project = await ask<Made>('POST', '/v1/projects', { name: HOSTILE.image })
  const environment = await ask<Made>('POST', `/v1/projects/${project.id}/environments`, {
    name: HOSTILE.script,
    tag: 'test',
    scopes: [{ name: 'read', description: HOSTILE.image, required: true }],
  })
  const path = `/v1/environments/${environment.id}/keys`
  const made: string[] = []
  for (const name of Object.values(HOSTILE)) {
    const metadata = { note: HOSTILE.script, [HOSTILE.image]: HOSTILE.template }
    const { key } = await ask<{ key: Made }>('POST', path, {
      name,
      scopes: ['read'],
      ownerId: HOSTILE.attribute,
      metadata,
    })
    made.push(key.id)
  }
  const credential = { name: HOSTILE.image, scopes: ['read'] }
  await ask('POST', `/v1/environments/${environment.id}/credentials`, credential)
  await ask('POST', '/v1/management-keys', { name: HOSTILE.image, role: 'verifier', environmentId: environment.id })
  return { projectId: project.id, environmentId: environment.id, keyId: made[0] ?? '' }
}

/** A name that no other test uses. */
export const aName = (what: string) => `${what} ${randomBytes(4).toString('hex')}`
