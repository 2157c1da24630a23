// `npm run seed`: fills a running Keyward with a believable world, to look around in and to take pictures of.
import { readFlags } from './flags.ts'
import { connect, describeFailure, SERVER_FLAGS, SERVER_USAGE } from './management-api.ts'

const USAGE = `
Usage: npm run seed -- [flags]

Fills a running Keyward with three projects: keys in every state, owners, routes to the example API, rerank controls, SDK
credentials, management keys, and the audit log of all that. A Keyward that has them already is left as it is.

${SERVER_USAGE.slice(1)}`

const { server, upstream, manage } = connect(readFlags(USAGE, SERVER_FLAGS))

type Made = { id: string; name: string }
type MadeKey = { key: { id: string }; token: string }
type Key = {
  name: string
  scopes: string[]
  ownerId?: string
  metadata?: object
  expiresInDays?: number
  /** What has become of it since it was created. */
  afterwards?: 'disabled' | 'expired' | 'rotating' | { revoked: string; note: string }
}

const DAY_MS = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()

const STOREFRONT: Key[] = [
  {
    name: 'Web shop',
    scopes: ['recommendations', 'events'],
    ownerId: 'team-web',
    metadata: { service: 'shop-web', region: 'eu' },
  },
  {
    name: 'iOS backend',
    scopes: ['recommendations', 'events'],
    ownerId: 'team-mobile',
    metadata: { service: 'ios-bff' },
  },
  { name: 'Android backend', scopes: ['recommendations', 'events'], ownerId: 'team-mobile', afterwards: 'rotating' },
  { name: 'Event collector', scopes: ['events'], ownerId: 'team-data', afterwards: 'rotating' },
  { name: 'Catalogue import', scopes: ['items'], ownerId: 'team-catalogue', metadata: { cron: '0 3 * * *' } },
  { name: 'Newsletter picks', scopes: ['recommendations'], ownerId: 'team-crm', expiresInDays: 6 },
  { name: 'Black Friday load test', scopes: ['recommendations', 'events'], ownerId: 'team-web', expiresInDays: 2 },
  { name: 'Search experiments', scopes: ['recommendations'], ownerId: 'team-search', afterwards: 'disabled' },
  { name: 'Agency dashboard', scopes: ['recommendations'], ownerId: 'agency-north', afterwards: 'expired' },
  {
    name: 'Old mobile app',
    scopes: ['recommendations', 'events', 'items'],
    ownerId: 'team-mobile',
    afterwards: { revoked: 'no_longer_used', note: 'The app left the stores.' },
  },
  {
    name: 'CI smoke test',
    scopes: ['recommendations'],
    ownerId: 'team-web',
    afterwards: { revoked: 'compromised', note: 'Found in a public build log.' },
  },
]

const PARTNERS: Key[] = [
  'Northwind',
  'Contoso',
  'Fabrikam',
  'Globex',
  'Initech',
  'Umbrella',
  'Hooli',
  'Stark',
  'Wayne',
  'Acme',
].flatMap((partner, index) => [
  {
    name: `${partner} reporting`,
    scopes: ['read'],
    ownerId: partner.toLowerCase(),
    metadata: { plan: index % 3 === 0 ? 'scale' : 'starter' },
  },
  ...(index % 2 === 0 ? [{ name: `${partner} sync`, scopes: ['read', 'write'], ownerId: partner.toLowerCase() }] : []),
])

try {
  await fill()
} catch (error) {
  console.error(describeFailure(error, server))
  process.exit(1)
}

async function fill(): Promise<void> {
  const { data: projects } = await manage<{ data: Made[] }>('GET', '/v1/projects?limit=100')
  if (projects.some(({ name }) => name === 'Acme Storefront')) {
    console.log(`The sample world is there already: ${new URL('/console', server)}`)
    return
  }
  await fillStorefront()
  await fillPartnerApi()
  await fillInternalTools()
  console.log(`\nLook around: ${new URL('/console', server)}`)
}

async function fillStorefront(): Promise<void> {
  const project = await makeProject('Acme Storefront')
  const production = await makeEnvironment(project, {
    name: 'Production',
    tag: 'production',
    template: 'recommendations',
  })
  const staging = await makeEnvironment(project, { name: 'Staging', tag: 'staging', template: 'recommendations' })
  for (const environment of [production, staging]) await routeToExample(environment)
  await setRerankControls(production)
  const tokens = await makeKeys(production, STOREFRONT)
  await makeKeys(
    staging,
    STOREFRONT.slice(0, 3).map(({ name, scopes }) => ({ name: `${name} (staging)`, scopes })),
  )
  await makeCredentials(production, ['python-sdk', 'ios-sdk'], ['recommendations', 'events'])
  await manage('POST', '/v1/management-keys', {
    name: 'Storefront gateway',
    role: 'verifier',
    environmentId: production.id,
  })
  await useSome('/api/recommendations?context_id=homepage', tokens.slice(0, 2))
}

async function fillPartnerApi(): Promise<void> {
  const project = await makeProject('Partner API')
  const live = await makeEnvironment(project, { name: 'Live', tag: 'production', template: 'data-api' })
  const sandbox = await makeEnvironment(project, { name: 'Sandbox', tag: 'development', template: 'data-api' })
  for (const environment of [live, sandbox]) await routeToExample(environment)
  await manage('PATCH', `/v1/environments/${live.id}`, { bounds: { maxStalenessMs: 1000, onUnknown: 'deny' } })
  const tokens = await makeKeys(live, PARTNERS)
  await makeKeys(
    sandbox,
    PARTNERS.slice(0, 4).map((key) => ({ ...key, name: `${key.name} (sandbox)` })),
  )
  await useSome('/api/rest/books', tokens.slice(0, 6))
}

async function fillInternalTools(): Promise<void> {
  const project = await makeProject('Internal tools')
  const scopes = [
    { name: 'tickets:read', description: 'Read tickets', required: true },
    { name: 'tickets:write', description: 'Create and change tickets' },
    { name: 'exports:run', description: 'Start an export' },
  ]
  const environment = await makeEnvironment(project, { name: 'Tools', tag: 'internal', scopes })
  await makeKeys(environment, [
    { name: 'Status page', scopes: ['tickets:read'], ownerId: 'team-support' },
    { name: 'Nightly export', scopes: ['tickets:read', 'exports:run'], ownerId: 'team-data', expiresInDays: 90 },
  ])
  await manage('POST', '/v1/management-keys', { name: 'Mia (support)', role: 'member' })
}

async function makeProject(name: string): Promise<Made> {
  const project = await manage<Made>('POST', '/v1/projects', { name })
  console.log(name)
  return project
}

async function makeEnvironment(project: Made, body: object): Promise<Made> {
  return manage<Made>('POST', `/v1/projects/${project.id}/environments`, body)
}

/** Every route of the environment's template leads to the example API that `npm run dev` starts. */
async function routeToExample({ id }: Made): Promise<void> {
  const path = `/v1/environments/${id}/routes`
  const { routes } = await manage<{ routes: object[] }>('GET', path)
  await manage('PUT', path, { routes: routes.map((route) => ({ ...route, upstream: { url: upstream } })) })
}

async function setRerankControls({ id }: Made): Promise<void> {
  const contexts = { homepage: ['balanced', 50], 'category-page': ['aggressive', 80], checkout: ['off', 0] } as const
  for (const [contextId, [rerank_mode, rerank_depth]] of Object.entries(contexts)) {
    await manage('PUT', `/v1/environments/${id}/rerank-controls/${contextId}`, {
      global_default: { surface: 'recommendations', rerank_mode, rerank_depth },
    })
  }
}

/** The tokens of the keys that work. */
async function makeKeys(environment: Made, keys: readonly Key[]): Promise<string[]> {
  const live: string[] = []
  for (const key of keys) {
    const token = await makeKey(environment, key)
    if (token !== null) live.push(token)
  }
  console.log(`  ${environment.name}: ${keys.length} API keys`)
  return live
}

async function makeKey({ id }: Made, { expiresInDays, afterwards, ...input }: Key): Promise<string | null> {
  const expiresAt = expiresInDays === undefined ? {} : { expiresAt: inDays(expiresInDays) }
  const { key, token } = await manage<MadeKey>('POST', `/v1/environments/${id}/keys`, { ...input, ...expiresAt })
  switch (afterwards) {
    case undefined:
      return token
    case 'rotating':
      return (await manage<MadeKey>('POST', `/v1/keys/${key.id}/rotate`, { overlapSeconds: 86_400 })).token
    case 'disabled':
      await manage('PATCH', `/v1/keys/${key.id}`, { enabled: false })
      return null
    case 'expired':
      await manage('PATCH', `/v1/keys/${key.id}`, { expiresAt: inDays(-1) })
      return null
    default:
      await manage('POST', `/v1/keys/${key.id}/revoke`, { reason: afterwards.revoked, note: afterwards.note })
      return null
  }
}

async function makeCredentials(
  { id, name: environmentName }: Made,
  names: readonly string[],
  scopes: readonly string[],
): Promise<void> {
  for (const name of names) await manage('POST', `/v1/environments/${id}/credentials`, { name, scopes })
  console.log(`  ${environmentName}: ${names.length} SDK credentials`)
}

/** So that "last used" says something. The example API need not be there: the key is verified before it is asked. */
async function useSome(path: string, tokens: readonly string[]): Promise<void> {
  for (const token of tokens) {
    const response = await fetch(new URL(path, server), { headers: { Authorization: `Bearer ${token}` } })
    await response.body?.cancel()
  }
}
