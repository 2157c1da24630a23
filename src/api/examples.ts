// One small world from which every example of the OpenAPI document is taken: the ids, names and moments agree with each
// other. The tokens have the form of real ones and a wrong checksum, so they are refused before any store is asked.
import { PROBLEMS, type ProblemCode } from '../core/problem.ts'

type Example = { request?: unknown; response?: unknown }

const ORIGIN = 'https://keys.example.com'
const PROJECT_ID = 'proj_01kaz8w3m2e7f9q4t6v8x0y2b5'
const ENVIRONMENT_ID = 'env_01kaz8w5p4f8g1r5v7w9y1z3c6'
const KEY_ID = 'key_01kaz8x0t6g9h2s6w8x0z2a4d7'
const CREDENTIAL_ID = 'cred_01kaz8y1v7h0j3t7x9y1a3b5e8'
const MANAGEMENT_KEY_ID = 'mk_01kaz8z2w8j1k4v8y0z2b4c6f9'
const PREFIX = '4fK9aZ2q'
const NEW_PREFIX = '8hT3cX5m'
const REQUEST_ID = '8e03978e-40d5-43e8-bc93-6894a57f9324'

const fakeToken = (brand: string, prefix: string) => `${brand}_${prefix}_${'EXAMPLEonlyOPENSnothing'.padEnd(49, '0')}`
const TOKEN = fakeToken('nsl', PREFIX)
const ACCESS_TOKEN = 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.EXAMPLE_ONLY.OPENS_NOTHING'

const CREATED_AT = '2026-11-21T10:00:00.000Z'
const CHANGED_AT = '2026-11-26T18:30:00.000Z'

const page = (item: object) => ({ data: [item], nextCursor: null })

const RECEIPT = { committedAt: CHANGED_AT, effectiveBy: '2026-11-26T18:30:05.000Z', recorded: 'recorded' }

const PROJECT = { id: PROJECT_ID, name: 'Shop', createdAt: CREATED_AT, createdBy: 'root' }

const ENVIRONMENT = {
  id: ENVIRONMENT_ID,
  projectId: PROJECT_ID,
  name: 'Production',
  tag: 'production',
  scopes: [
    { name: 'read', description: 'Read data', required: true },
    { name: 'write', description: 'Create, change and delete data', required: false },
  ],
  bounds: { maxStalenessMs: 5000, onUnknown: 'deny' },
  browserOrigins: [],
  audiences: [],
  createdAt: CREATED_AT,
  createdBy: 'root',
}

const KEY = {
  id: KEY_ID,
  environmentId: ENVIRONMENT_ID,
  projectId: PROJECT_ID,
  name: 'billing-service',
  prefix: PREFIX,
  scopes: ['read', 'write'],
  status: 'active',
  enabled: true,
  ownerId: 'customer-42',
  metadata: { team: 'billing' },
  createdAt: CREATED_AT,
  createdBy: MANAGEMENT_KEY_ID,
  expiresAt: '2027-11-21T10:00:00.000Z',
  lastUsedAt: '2026-11-26T18:29:00.000Z',
  revokedAt: null,
  revokedReason: null,
  secrets: [{ prefix: PREFIX, createdAt: CREATED_AT, expiresAt: null }],
}
const REVOKED_KEY = { ...KEY, status: 'revoked', revokedAt: CHANGED_AT, revokedReason: 'compromised', secrets: [] }
/** The secret of the key or credential that the rotation of the example ends. */
const PREVIOUS = { prefix: PREFIX, expiresAt: '2026-11-27T18:30:00.000Z' }
const ROTATED_SECRETS = [
  { prefix: NEW_PREFIX, createdAt: CHANGED_AT, expiresAt: null },
  { prefix: PREFIX, createdAt: CREATED_AT, expiresAt: PREVIOUS.expiresAt },
]

const CREDENTIAL = {
  id: CREDENTIAL_ID,
  environmentId: ENVIRONMENT_ID,
  projectId: PROJECT_ID,
  name: 'mobile-sdk',
  scopes: ['read'],
  status: 'active',
  createdAt: CREATED_AT,
  createdBy: MANAGEMENT_KEY_ID,
  lastUsedAt: '2026-11-26T18:29:00.000Z',
  revokedAt: null,
  revokedReason: null,
  secrets: [{ prefix: PREFIX, createdAt: CREATED_AT, expiresAt: null }],
  clientId: CREDENTIAL_ID,
}

const MANAGEMENT_KEY = {
  id: MANAGEMENT_KEY_ID,
  name: 'deploys',
  prefix: PREFIX,
  role: 'member',
  environmentId: null,
  createdAt: CREATED_AT,
  createdBy: 'root',
  lastUsedAt: null,
  revokedAt: null,
}

const ROUTE = {
  methods: ['GET'],
  path: '/api/items/:id',
  scopes: ['read'],
  upstream: { url: 'https://api.example.com' },
  rerank: false,
  webSocket: false,
  timeoutMs: 30_000,
}

const RERANK_CONTROLS = {
  global_default: { surface: 'search', rerank_mode: 'balanced', rerank_depth: 50 },
  surface_presets: { recommendations: { rerank_mode: 'aggressive', rerank_depth: 200 } },
}

const VERDICT = {
  valid: true,
  code: 'valid',
  kind: 'api_key',
  keyId: KEY_ID,
  name: KEY.name,
  prefix: PREFIX,
  projectId: PROJECT_ID,
  environment: { id: ENVIRONMENT_ID, name: ENVIRONMENT.name, tag: ENVIRONMENT.tag },
  scopes: KEY.scopes,
  ownerId: KEY.ownerId,
  metadata: KEY.metadata,
  expiresAt: KEY.expiresAt,
  freshness: { asOf: CHANGED_AT, ageMs: 1200, boundMs: 5000, source: 'lease' },
}

const AUDIT_EVENT = {
  id: 'evt_01kaz900x9k2m5w9z1a3c5d7g0',
  at: CHANGED_AT,
  actor: { type: 'management_key', id: MANAGEMENT_KEY_ID, name: MANAGEMENT_KEY.name },
  action: 'key.revoked',
  projectId: PROJECT_ID,
  environmentId: ENVIRONMENT_ID,
  keyId: KEY_ID,
  managementKeyId: null,
  before: { revokedAt: null },
  after: { revokedAt: CHANGED_AT, revokedReason: 'compromised' },
  requestId: REQUEST_ID,
  address: '203.0.113.7',
}

const REVOCATION = { reason: 'compromised', note: 'Seen in a public repository.' }
const RESOURCE_METADATA = {
  resource: `${ORIGIN}/core`,
  authorization_servers: [ORIGIN],
  bearer_methods_supported: ['header'],
  resource_name: 'Keyward front door',
  resource_documentation: `${ORIGIN}/docs`,
}
const BY_SECRET = ['client_secret_basic', 'client_secret_post']

/** The example of each operation, by its id: what is sent, and what answers it. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  createProject: { request: { name: PROJECT.name }, response: PROJECT },
  listProjects: { response: page(PROJECT) },
  getProject: { response: PROJECT },
  updateProject: { request: { name: 'Web shop' }, response: { ...PROJECT, name: 'Web shop' } },

  createEnvironment: {
    request: { name: 'Production', tag: 'production', template: 'data-api' },
    response: ENVIRONMENT,
  },
  listEnvironments: { response: page(ENVIRONMENT) },
  getEnvironment: { response: ENVIRONMENT },
  updateEnvironment: {
    request: { bounds: { maxStalenessMs: 1000 } },
    response: { ...ENVIRONMENT, bounds: { maxStalenessMs: 1000, onUnknown: 'deny' } },
  },
  deleteEnvironment: { response: { revokedKeys: 42, receipt: RECEIPT } },
  revokeEnvironmentKeys: {
    request: { issuedBefore: '2026-11-26T18:00:00Z', reason: 'compromised', note: 'A laptop was stolen.' },
    response: { revokedKeys: 42, receipt: RECEIPT },
  },

  createKey: {
    request: {
      name: KEY.name,
      scopes: KEY.scopes,
      ownerId: KEY.ownerId,
      metadata: KEY.metadata,
      expiresAt: '2027-11-21T10:00:00Z',
    },
    response: { key: { ...KEY, lastUsedAt: null }, token: TOKEN },
  },
  listKeys: { response: page(KEY) },
  getKey: { response: KEY },
  updateKey: {
    request: { scopes: ['read'], enabled: false },
    response: { key: { ...KEY, scopes: ['read'], enabled: false, status: 'disabled' }, receipt: RECEIPT },
  },
  rotateKey: {
    request: { overlapSeconds: 86_400 },
    response: {
      key: { ...KEY, prefix: NEW_PREFIX, secrets: ROTATED_SECRETS },
      token: fakeToken('nsl', NEW_PREFIX),
      previous: PREVIOUS,
    },
  },
  revokeKey: { request: REVOCATION, response: { key: REVOKED_KEY, receipt: RECEIPT } },
  deleteKey: { request: REVOCATION, response: { key: REVOKED_KEY, receipt: RECEIPT } },

  createCredential: {
    request: { name: CREDENTIAL.name, scopes: CREDENTIAL.scopes },
    response: {
      credential: { ...CREDENTIAL, lastUsedAt: null },
      clientId: CREDENTIAL_ID,
      clientSecret: fakeToken('nsls', PREFIX),
    },
  },
  listCredentials: { response: page(CREDENTIAL) },
  getCredential: { response: CREDENTIAL },
  updateCredential: {
    request: { name: 'ios-sdk' },
    response: { credential: { ...CREDENTIAL, name: 'ios-sdk' }, receipt: RECEIPT },
  },
  rotateCredential: {
    request: { overlapSeconds: 86_400 },
    response: {
      credential: { ...CREDENTIAL, secrets: ROTATED_SECRETS },
      clientId: CREDENTIAL_ID,
      clientSecret: fakeToken('nsls', NEW_PREFIX),
      previous: PREVIOUS,
    },
  },
  revokeCredential: {
    request: REVOCATION,
    response: {
      credential: {
        ...CREDENTIAL,
        status: 'revoked',
        revokedAt: CHANGED_AT,
        revokedReason: 'compromised',
        secrets: [],
      },
      receipt: RECEIPT,
    },
  },
  endAccessTokens: { response: { credential: CREDENTIAL, receipt: RECEIPT } },

  verifyToken: { request: { token: TOKEN, scopes: ['read'] }, response: VERDICT },
  getOwnVerdict: { response: VERDICT },

  getRoutes: { response: { routes: [ROUTE] } },
  replaceRoutes: { request: { routes: [ROUTE] }, response: { routes: [ROUTE], receipt: RECEIPT } },

  listRerankControls: { response: page({ contextId: 'homepage', ...RERANK_CONTROLS, updatedAt: CHANGED_AT }) },
  getRerankControls: { response: RERANK_CONTROLS },
  setRerankControls: { request: RERANK_CONTROLS, response: RERANK_CONTROLS },

  createManagementKey: {
    request: { name: MANAGEMENT_KEY.name, role: MANAGEMENT_KEY.role },
    response: { managementKey: MANAGEMENT_KEY, token: fakeToken('nslm', PREFIX) },
  },
  listManagementKeys: { response: page(MANAGEMENT_KEY) },
  revokeManagementKey: { request: {}, response: { managementKey: { ...MANAGEMENT_KEY, revokedAt: CHANGED_AT } } },

  listAuditEvents: { response: page(AUDIT_EVENT) },

  issueAccessToken: {
    request: { grant_type: 'client_credentials', scope: 'read' },
    response: { access_token: ACCESS_TOKEN, token_type: 'Bearer', expires_in: 3600, scope: 'read' },
  },
  introspectToken: {
    request: { token: TOKEN },
    response: {
      active: true,
      scope: 'read write',
      exp: 1_826_791_200,
      token_type: 'Bearer',
      kind: 'api_key',
      environment_id: ENVIRONMENT_ID,
      project_id: PROJECT_ID,
      sub: KEY_ID,
    },
  },
  revokeToken: { request: { token: ACCESS_TOKEN }, response: {} },
  getAuthorizationServerMetadata: {
    response: {
      issuer: ORIGIN,
      token_endpoint: `${ORIGIN}/oauth2/token`,
      jwks_uri: `${ORIGIN}/.well-known/jwks.json`,
      introspection_endpoint: `${ORIGIN}/oauth2/introspect`,
      revocation_endpoint: `${ORIGIN}/oauth2/revoke`,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: BY_SECRET,
      introspection_endpoint_auth_methods_supported: BY_SECRET,
      revocation_endpoint_auth_methods_supported: BY_SECRET,
      protected_resources: [`${ORIGIN}/core`],
      service_documentation: `${ORIGIN}/docs`,
    },
  },
  getSigningKeys: {
    response: {
      keys: [
        {
          kty: 'OKP',
          crv: 'Ed25519',
          // The public key of RFC 8037, appendix A.
          x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
          kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
          use: 'sig',
          alg: 'EdDSA',
        },
      ],
    },
  },
  getResourceMetadata: { response: RESOURCE_METADATA },
  getCoreMetadata: { response: RESOURCE_METADATA },

  getHealth: { response: { status: 'ok', version: '0.1.0' } },
  getServiceLinks: {
    response: {
      name: 'keyward',
      version: '0.1.0',
      docs: `${ORIGIN}/docs`,
      openapi: `${ORIGIN}/openapi.json`,
      console: `${ORIGIN}/console`,
    },
  },
  getOpenApiDocument: {
    response: { openapi: '3.1.0', info: { title: 'Keyward', version: '0.1.0' }, paths: {} },
  },
}

/** The problem with this code, as it may look. */
export function exampleProblemOf(code: ProblemCode): object {
  const { status, title } = PROBLEMS[code]
  const detail = DETAILS[code] ?? `${title}.`
  const errors = code === 'invalid_request' ? { errors: [{ path: 'name', message: 'must not be empty' }] } : {}
  return { type: `${ORIGIN}/problems/${code}`, title, status, detail, code, requestId: REQUEST_ID, ...errors }
}

const DETAILS: Partial<Record<ProblemCode, string>> = {
  invalid_request: 'The request has fields that are not valid.',
  unauthenticated: 'The credential is not valid.',
  forbidden: 'Your role "verifier" does not include this operation, or not for this resource.',
  insufficient_scope: 'The key must hold: read.',
  not_found: 'There is no such record, or you may not see it.',
  conflict: 'The record is in a state that does not allow this.',
  precondition_failed: 'The record is not the version that you named.',
  payload_too_large: 'The body may be at most 65536 bytes.',
  unsupported_media_type: 'Send the body as `Content-Type: application/json`.',
  unavailable: 'Keyward could not reach the stores that hold this key. Try again in a few seconds.',
  internal_error: "Something went wrong in Keyward. The Worker's log has the details under this request id.",
}
