// `npm run demo`: a key's whole life against a running Keyward, one line a step. Exits 1 when a step is not as promised.
import { readFlags } from './flags.ts'
import { connect, describeFailure, SERVER_FLAGS, SERVER_USAGE } from './management-api.ts'

const USAGE = `
Usage: npm run demo -- [flags]

A key's whole life against a running Keyward, then the front door and an SDK credential, one line a step.

  --keep           leave what the demo made, to look at in the console
${SERVER_USAGE.slice(1)}`

const flags = readFlags(USAGE, { ...SERVER_FLAGS, keep: { type: 'boolean' } })
const { server, upstream, manage } = connect(flags)

type Named = { id: string; name: string }
type Shown = { key: { id: string }; token: string }
type Revoked = { receipt: { committedAt: string; effectiveBy: string } }

class BrokenPromise extends Error {}

async function walk(): Promise<void> {
  const project = await manage<Named>('POST', '/v1/projects', { name: 'Demo shop' })
  const environment = await manage<Named>('POST', `/v1/projects/${project.id}/environments`, {
    name: 'Demo production',
    tag: 'production',
    template: 'data-api',
  })
  say('a project with an environment, whose keys can hold the scopes read and write')
  const shop = await manage<Named>('POST', `/v1/projects/${project.id}/environments`, {
    name: 'Demo recommendations',
    tag: 'production',
    template: 'recommendations',
  })
  await lifeOfAKey(environment.id)
    .then(() => throughTheFrontDoor(shop.id))
    .finally(() => (flags.keep ? pointTo(project.id) : cleanUp(project.id, [environment, shop])))
}

async function throughTheFrontDoor(environmentId: string): Promise<void> {
  const { routes } = await manage<{ routes: object[] }>('GET', `/v1/environments/${environmentId}/routes`)
  await manage('PUT', `/v1/environments/${environmentId}/routes`, {
    routes: routes.map((route) => ({ ...route, upstream: { url: upstream } })),
  })
  say(`the front door: /api/* goes on to ${upstream} by a route table`)
  await manage('PUT', `/v1/environments/${environmentId}/rerank-controls/home`, {
    global_default: { surface: 'recommendations', rerank_mode: 'balanced', rerank_depth: 3 },
  })
  const { token } = await manage<Shown>('POST', `/v1/environments/${environmentId}/keys`, {
    name: 'storefront',
    scopes: ['recommendations'],
    ownerId: 'customer-42',
  })

  await expectStatus('GET', '/api/recommendations', { token: null, status: 401, meaning: 'without a key it is closed' })
  const answer = await expectStatus('GET', '/api/recommendations?context_id=home&rerank_mode=aggressive', {
    token,
    status: 200,
    meaning: 'with a key it opens',
  })
  const { applied, caller } = JSON.parse(answer)
  promise(applied.rerank_mode === 'balanced' && applied.rerank_depth === 3, `the upstream was told ${answer}`)
  say('the client asked for aggressive reranking; the upstream was told what the operator set: balanced, 3')
  promise(caller.ownerId === 'customer-42' && !answer.includes(token), `the upstream was told ${answer}`)
  say('the upstream knows whose key it was, and never saw the key')
  await expectStatus('POST', '/api/events', { token, status: 403, meaning: 'a scope that the key lacks is refused' })
  await asAnSdk(environmentId)
}

async function asAnSdk(environmentId: string): Promise<void> {
  type Made = { clientId: string; clientSecret: string }
  const { clientId, clientSecret } = await manage<Made>('POST', `/v1/environments/${environmentId}/credentials`, {
    name: 'python-sdk',
    scopes: ['recommendations', 'events'],
  })
  const response = await fetch(new URL('/oauth2/token', server), {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'recommendations' }),
  })
  promise(response.ok, `expected an access token and got HTTP ${response.status}: ${await response.clone().text()}`)
  const issued: { access_token: string; expires_in: number; scope: string } = JSON.parse(await response.text())
  const { access_token: token, expires_in: seconds, scope } = issued
  say(`an SDK credential obtains an access token for ${seconds} seconds, with the scope ${scope}`)

  const path = '/core/recommendations?rerank_mode=aggressive&rerank_depth=2'
  const answer = await expectStatus('GET', path, { token, status: 200, meaning: 'it opens the core API' })
  promise(JSON.parse(answer).applied.rerank_mode === 'aggressive', `the upstream was told ${answer}`)
  say('where SDKs rerank as they like')
  await expectStatus('GET', '/api/recommendations', { token, status: 401, meaning: 'it does not open what keys open' })

  await manage('POST', `/v1/credentials/${clientId}/revoke?wait=effective`, { reason: 'no_longer_used' })
  await expectStatus('GET', path, { token, status: 401, meaning: 'with its credential revoked, the token is dead' })
}

type Expected = { token: string | null; status: number; meaning: string }

async function expectStatus(method: string, path: string, { token, status, meaning }: Expected): Promise<string> {
  const headers = token === null ? {} : { Authorization: `Bearer ${token}` }
  const response = await fetch(new URL(path, server), { method, headers })
  const text = await response.text()
  promise(response.status === status, `expected HTTP ${status} from ${path} and got ${response.status}: ${text}`)
  say(`${meaning} (${status})`)
  return text
}

async function lifeOfAKey(environmentId: string): Promise<void> {
  const { key, token } = await manage<Shown>('POST', `/v1/environments/${environmentId}/keys`, {
    name: 'nightly-report',
    scopes: ['read'],
  })
  say(`a key: ${redact(token)}, shown this once; only its SHA-256 is kept`)

  await expectVerdict(token, {}, 'valid', 'the key verifies')
  await expectVerdict(
    token,
    { scopes: ['write'] },
    'insufficient_scope',
    'asked for the scope write, the key is refused',
  )
  await expectVerdict(`${token.slice(0, -1)}!`, {}, 'malformed', 'a mistyped key is refused without asking any store')
  await expectWhoami(token, 200, 'the key itself may ask what it is')

  const rotated = await manage<Shown>('POST', `/v1/keys/${key.id}/rotate`, { overlapSeconds: 3600 })
  say(`rotated: the same key, a new secret ${redact(rotated.token)}`)
  await expectVerdict(token, {}, 'valid', 'the old secret works for another hour, so nothing breaks while you deploy')
  await expectVerdict(rotated.token, {}, 'valid', 'the new secret works too')

  const { receipt } = await manage<Revoked>('POST', `/v1/keys/${key.id}/revoke`, { reason: 'superseded' })
  say(`revoked: committed at ${receipt.committedAt}, effective everywhere by ${receipt.effectiveBy}`)
  await untilPassed(receipt.effectiveBy)
  await expectVerdict(token, {}, 'revoked', 'the old secret is dead')
  await expectVerdict(rotated.token, {}, 'revoked', 'the new secret is dead')
  await expectWhoami(rotated.token, 401, 'a stranger with the key learns nothing but 401')

  const { data } = await manage<{ data: { action: string }[] }>('GET', `/v1/audit-events?keyId=${key.id}`)
  const actions = data.map(({ action }) => action)
  promise(actions.join() === 'key.revoked,key.rotated,key.created', `the audit log has ${actions.join(', ')}`)
  say('the audit log tells who created, rotated and revoked it, and when')
}

async function pointTo(projectId: string): Promise<void> {
  say(`what the demo made is still there: ${new URL(`/console/projects/${projectId}`, server)}`)
}

async function cleanUp(projectId: string, environments: Named[]): Promise<void> {
  for (const { id, name } of environments) {
    await manage('DELETE', `/v1/environments/${id}?confirm=${encodeURIComponent(name)}`)
  }
  await manage('DELETE', `/v1/projects/${projectId}`)
  say('the demo project is gone again')
}

async function expectVerdict(token: string, question: object, code: string, meaning: string): Promise<void> {
  const verdict = await manage<{ code: string }>('POST', '/v1/keys/verify', { token, ...question })
  promise(verdict.code === code, `expected the verdict "${code}" and got "${verdict.code}"`)
  say(`${meaning} (${code})`)
}

async function expectWhoami(token: string, status: number, meaning: string): Promise<void> {
  const response = await fetch(new URL('/v1/whoami', server), { headers: { 'X-API-Key': token } })
  promise(response.status === status, `expected HTTP ${status} from /v1/whoami and got ${response.status}`)
  say(`${meaning} (${status})`)
}

const untilPassed = (moment: string) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(moment) - Date.now())))

/** Enough of a token to recognise it by. */
const redact = (token: string) => `${token.split('_').slice(0, 2).join('_')}_…`

let step = 0
function say(line: string): void {
  step += 1
  console.log(`${String(step).padStart(2)}. ${line}`)
}

function promise(kept: boolean, complaint: string): void {
  if (!kept) throw new BrokenPromise(complaint)
}

try {
  await walk()
  console.log('\nEverything as promised.')
} catch (error) {
  console.error(`\nNot as promised: ${describeFailure(error, server)}`)
  process.exit(1)
}
