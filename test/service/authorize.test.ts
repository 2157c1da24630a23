import { describe, expect, it } from 'vitest'
import type { AccessTokenClaims } from '../../src/core/access-token.ts'
import { type Caller, ROLES, type Role } from '../../src/core/actor.ts'
import { readAuditLog } from '../../src/service/audit-log.ts'
import type { Deps } from '../../src/service/deps.ts'
import * as environments from '../../src/service/environments.ts'
import * as keys from '../../src/service/keys.ts'
import * as managementKeys from '../../src/service/management-keys.ts'
import * as projects from '../../src/service/projects.ts'
import * as rerankControls from '../../src/service/rerank-controls.ts'
import * as revokeEnvironment from '../../src/service/revoke-environment.ts'
import { revokeKey } from '../../src/service/revoke-key.ts'
import * as routes from '../../src/service/routes.ts'
import * as tokenEndings from '../../src/service/token-endings.ts'
import { untouchable } from '../support/broken-bindings.ts'
import { aCaller, FIRST_PAGE, NOON, testDeps } from '../support/factory.ts'

type Operation = (deps: Deps, caller: Caller) => Promise<unknown>

const ADMIN: Role[] = ['admin']
const ADMIN_AND_MEMBER: Role[] = ['admin', 'member']

/** What a token of the credential says, as far as it matters to who may end it. */
const claimsOf = (credentialId: string): AccessTokenClaims => ({
  iss: 'https://keyward.example',
  sub: credentialId,
  client_id: credentialId,
  aud: [],
  iat: 0,
  exp: NOON / 1000 + 3600,
  jti: crypto.randomUUID(),
  scope: '',
  environment_id: 'env_none',
  project_id: 'proj_none',
  secret_prefix: 'prefix',
  credential_revision: 1,
})

const A_CONTEXT = { environmentId: 'env_none', contextId: 'home' }

const OPERATIONS: [string, Role[], Operation][] = [
  ['createProject', ADMIN, (deps, caller) => projects.createProject(deps, caller, { name: 'x' })],
  ['getProject', ADMIN, (deps, caller) => projects.getProject(deps, caller, 'proj_none')],
  ['listProjects', ADMIN, (deps, caller) => projects.listProjects(deps, caller, FIRST_PAGE)],
  ['editProject', ADMIN, (deps, caller) => projects.editProject(deps, caller, 'proj_none', { name: 'x' })],
  ['deleteProject', ADMIN, (deps, caller) => projects.deleteProject(deps, caller, 'proj_none')],
  ['listProjectNames', ADMIN_AND_MEMBER, (deps, caller) => projects.listProjectNames(deps, caller, FIRST_PAGE)],
  ['getProjectName', ADMIN_AND_MEMBER, (deps, caller) => projects.getProjectName(deps, caller, 'proj_none')],
  [
    'getEnvironmentWithProject',
    ADMIN_AND_MEMBER,
    (deps, caller) => environments.getEnvironmentWithProject(deps, caller, 'env_none'),
  ],
  [
    'createEnvironment',
    ADMIN,
    (deps, caller) => environments.createEnvironment(deps, caller, 'proj_none', { name: 'x', tag: 'x' }),
  ],
  [
    'summarizeEnvironments',
    ADMIN_AND_MEMBER,
    (deps, caller) => environments.summarizeEnvironments(deps, caller, ['env_none']),
  ],
  ['getEnvironment', ADMIN_AND_MEMBER, (deps, caller) => environments.getEnvironment(deps, caller, 'env_none')],
  [
    'listEnvironments',
    ADMIN_AND_MEMBER,
    (deps, caller) => environments.listEnvironments(deps, caller, 'proj_none', FIRST_PAGE),
  ],
  ['editEnvironment', ADMIN, (deps, caller) => environments.editEnvironment(deps, caller, 'env_none', { name: 'x' })],
  [
    'deleteEnvironment',
    ADMIN,
    (deps, caller) => revokeEnvironment.deleteEnvironment(deps, caller, 'env_none', { confirm: 'x' }),
  ],
  [
    'createKey',
    ADMIN_AND_MEMBER,
    (deps, caller) => keys.createKey(deps, caller, 'env_none', { name: 'x', scopes: [] }),
  ],
  ['getKey', ADMIN_AND_MEMBER, (deps, caller) => keys.getKey(deps, caller, 'key_none')],
  [
    'listKeys',
    ADMIN_AND_MEMBER,
    (deps, caller) => keys.listKeys(deps, caller, { environmentId: 'env_none' }, FIRST_PAGE),
  ],
  ['editKey', ADMIN_AND_MEMBER, (deps, caller) => keys.editKey(deps, caller, 'key_none', { name: 'x' })],
  ['setEnabled', ADMIN_AND_MEMBER, (deps, caller) => keys.setEnabled(deps, caller, 'key_none', { enabled: true })],
  ['rotateKey', ADMIN_AND_MEMBER, (deps, caller) => keys.rotateKey(deps, caller, 'key_none', { overlapSeconds: 0 })],
  ['endAllTokens', ADMIN_AND_MEMBER, (deps, caller) => tokenEndings.endAllTokens(deps, caller, 'cred_none')],
  ['endToken', ADMIN_AND_MEMBER, (deps, caller) => tokenEndings.endToken(deps, caller, claimsOf('cred_none'))],
  ['revokeKey', ADMIN_AND_MEMBER, (deps, caller) => revokeKey(deps, caller, 'key_none', {})],
  [
    'revokeEnvironmentKeys',
    ADMIN_AND_MEMBER,
    (deps, caller) => revokeEnvironment.revokeEnvironmentKeys(deps, caller, 'env_none', {}),
  ],
  ['getRoutes', ADMIN_AND_MEMBER, (deps, caller) => routes.getRoutes(deps, caller, 'env_none')],
  ['replaceRoutes', ADMIN_AND_MEMBER, (deps, caller) => routes.replaceRoutes(deps, caller, 'env_none', [])],
  ['getRerankControls', ADMIN_AND_MEMBER, (deps, caller) => rerankControls.getRerankControls(deps, caller, A_CONTEXT)],
  [
    'listRerankControls',
    ADMIN_AND_MEMBER,
    (deps, caller) => rerankControls.listRerankControls(deps, caller, 'env_none', FIRST_PAGE),
  ],
  [
    'setRerankControls',
    ADMIN_AND_MEMBER,
    (deps, caller) =>
      rerankControls.setRerankControls(deps, caller, A_CONTEXT, {
        global_default: { surface: 'search', rerank_mode: 'off', rerank_depth: 0 },
      }),
  ],
  ['readAuditLog', ADMIN, (deps, caller) => readAuditLog(deps, caller, {}, FIRST_PAGE)],
  [
    'createManagementKey',
    ADMIN,
    (deps, caller) => managementKeys.createManagementKey(deps, caller, { name: 'x', role: 'verifier' }),
  ],
  ['getManagementKey', ADMIN, (deps, caller) => managementKeys.getManagementKey(deps, caller, 'mk_none')],
  ['listManagementKeys', ADMIN, (deps, caller) => managementKeys.listManagementKeys(deps, caller, FIRST_PAGE)],
  ['revokeManagementKey', ADMIN, (deps, caller) => managementKeys.revokeManagementKey(deps, caller, 'mk_none')],
]

/** Answers whether the role got past the first line: what lies behind it here is at most `not_found`. */
async function isLetIn(operation: Operation, caller: Caller): Promise<boolean> {
  const code = await operation(testDeps(), caller).then(
    () => 'done',
    (error: { code?: string }) => error.code,
  )
  expect(['done', 'not_found', 'forbidden']).toContain(code)
  return code !== 'forbidden'
}

describe.each(OPERATIONS)('%s', (_name, allowed, operation) => {
  it.each(ROLES)(`is open to ${allowed.join(' and ')} only: %s`, async (role) => {
    expect(await isLetIn(operation, aCaller({ role }))).toBe(allowed.includes(role))
  })

  it('is open to the root key', async () => {
    expect(await isLetIn(operation, aCaller())).toBe(true)
  })

  it('asks no store for a caller without the right', async () => {
    const deps = testDeps({ db: untouchable<D1Database>(), kv: untouchable<KVNamespace>() })

    await expect(operation(deps, aCaller({ role: 'verifier' }))).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('the table of rights', () => {
  it('names every operation of the services that acts for a caller', () => {
    const modules = [environments, keys, managementKeys, projects, rerankControls, revokeEnvironment, routes]
    const exported = modules.flatMap((module) => Object.keys(module))
    const withoutCaller = [
      'findActorByHash',
      'changeEnvironment',
      'authenticate',
      'findBoundMs',
      'existingEnvironment',
      'existingKey',
      'editablePartOf',
      'subjectOf',
    ]

    const named = OPERATIONS.map(([name]) => name)
    expect(exported.filter((name) => !withoutCaller.includes(name) && !named.includes(name))).toEqual([])
  })
})
