// createKeyward: the management API with a method for each operation. Their types come from the OpenAPI document.
import { type Call, type CallOptions, createCall } from './call.ts'
import { type FetchFunction, readManagementKey, readTimeout, readUrl, refuseUnknownOptions } from './configuration.ts'
import type { BodyOf, ItemOf, OperationName, QueryOf } from './operation.ts'
import { createPages, type Page, type Pages } from './pages.ts'
import type { KeyQuestion } from './verdict.ts'
import { createKeyVerifier } from './verifier.ts'

export type KeywardOptions = {
  /** The address of your Keyward: https, or http on loopback. */
  url: string
  managementKey: string
  fetch?: FetchFunction
  /** For one call, all its attempts together: 30,000 by default. */
  timeoutMs?: number
}

/** For what makes something. Without an `idempotencyKey` each call has a random one, so that it can be tried again. */
export type MakeOptions = {
  /** The same key and the same request within 24 hours: the same answer, the token too, and no second effect. */
  idempotencyKey?: string
}
/** For what changes a record. */
export type ChangeOptions = {
  /** `etagOf` of the record that was read: the change is made to that version alone, else `precondition_failed`. */
  ifMatch?: string
}
/** For what revokes. */
export type RevokeOptions = ChangeOptions & {
  /** Resolve only when the revocation is effective everywhere. */
  wait?: 'effective'
}

export type Keyward = ReturnType<typeof createKeyward>

/**
 * The management API of one Keyward. Every method throws a KeywardError for what was not done. GETs, and POSTs that make
 * something, are tried up to three times after a broken connection or a 503 with Retry-After; nothing else is.
 * @throws {KeywardConfigError} for invalid options
 */
export function createKeyward(options: KeywardOptions) {
  refuseUnknownOptions(options, ['url', 'managementKey', 'fetch', 'timeoutMs'])
  const { fetch = (target: string, init: RequestInit) => globalThis.fetch(target, init) } = options
  const connection = {
    url: readUrl(options.url),
    managementKey: readManagementKey(options.managementKey),
    fetch,
    timeoutMs: readTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
  }
  const call = createCall(connection)
  const list = listWith(call)
  const { url, managementKey } = connection
  const timeout = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }
  const verifier = createKeyVerifier({ url, managementKey, fetch, ...timeout })

  return {
    projects: {
      create: (body: BodyOf<'createProject'>, options: MakeOptions = {}) => call('createProject', { body, ...options }),
      list: (query: QueryOf<'listProjects'> = {}) => list('listProjects', [], query),
      get: (projectId: string) => call('getProject', { path: [projectId] }),
      update: (projectId: string, body: BodyOf<'updateProject'>, options: ChangeOptions = {}) =>
        call('updateProject', { path: [projectId], body, ...options }),
      /** Only a project without environments can be deleted. */
      delete: (projectId: string, options: ChangeOptions = {}) =>
        call('deleteProject', { path: [projectId], ...options }),
    },

    environments: {
      create: (projectId: string, body: BodyOf<'createEnvironment'>, options: MakeOptions = {}) =>
        call('createEnvironment', { path: [projectId], body, ...options }),
      list: (projectId: string, query: QueryOf<'listEnvironments'> = {}) =>
        list('listEnvironments', [projectId], query),
      get: (environmentId: string) => call('getEnvironment', { path: [environmentId] }),
      update: (environmentId: string, body: BodyOf<'updateEnvironment'>, options: ChangeOptions = {}) =>
        call('updateEnvironment', { path: [environmentId], body, ...options }),
      /** Revokes all its keys first. `confirm` is its name. */
      delete: (environmentId: string, { confirm, ...options }: QueryOf<'deleteEnvironment'> & ChangeOptions) =>
        call('deleteEnvironment', { path: [environmentId], query: { confirm }, ...options }),
      /** Revokes every key and credential that was issued before a moment: by default all of them. */
      revokeKeys: (
        environmentId: string,
        body: BodyOf<'revokeEnvironmentKeys'>,
        options: RevokeOptions & MakeOptions = {},
      ) => call('revokeEnvironmentKeys', { path: [environmentId], body, ...withWait(options) }),
    },

    keys: {
      /** The token is in the answer, and can never be read again. */
      create: (environmentId: string, body: BodyOf<'createKey'>, options: MakeOptions = {}) =>
        call('createKey', { path: [environmentId], body, ...options }),
      list: (environmentId: string, query: QueryOf<'listKeys'> = {}) => list('listKeys', [environmentId], query),
      get: (keyId: string) => call('getKey', { path: [keyId] }),
      update: (keyId: string, body: BodyOf<'updateKey'>, options: ChangeOptions = {}) =>
        call('updateKey', { path: [keyId], body, ...options }),
      /** Gives the key a new secret. The one before works for `overlapSeconds` more. */
      rotate: (keyId: string, body: BodyOf<'rotateKey'>, options: MakeOptions & ChangeOptions = {}) =>
        call('rotateKey', { path: [keyId], body, ...options }),
      revoke: (keyId: string, body: BodyOf<'revokeKey'> = {}, options: RevokeOptions = {}) =>
        call('revokeKey', { path: [keyId], body, ...withWait(options) }),
      /** As `createKeyVerifier` does it: a verdict or `unavailable`, within 2 s unless `timeoutMs` is given, and never throwing. */
      verify: (question: KeyQuestion) => verifier.verify(question),
    },

    credentials: {
      /** The client secret is in the answer, and can never be read again. */
      create: (environmentId: string, body: BodyOf<'createCredential'>, options: MakeOptions = {}) =>
        call('createCredential', { path: [environmentId], body, ...options }),
      list: (environmentId: string, query: QueryOf<'listCredentials'> = {}) =>
        list('listCredentials', [environmentId], query),
      get: (credentialId: string) => call('getCredential', { path: [credentialId] }),
      update: (credentialId: string, body: BodyOf<'updateCredential'>, options: ChangeOptions = {}) =>
        call('updateCredential', { path: [credentialId], body, ...options }),
      rotate: (credentialId: string, body: BodyOf<'rotateCredential'>, options: MakeOptions & ChangeOptions = {}) =>
        call('rotateCredential', { path: [credentialId], body, ...options }),
      revoke: (credentialId: string, body: BodyOf<'revokeCredential'> = {}, options: RevokeOptions = {}) =>
        call('revokeCredential', { path: [credentialId], body, ...withWait(options) }),
      /** Ends every access token that the credential has obtained. The credential itself goes on. */
      endTokens: (credentialId: string, options: MakeOptions & ChangeOptions = {}) =>
        call('endAccessTokens', { path: [credentialId], ...options }),
    },

    routes: {
      get: (environmentId: string) => call('getRoutes', { path: [environmentId] }),
      /** Replaces the whole table. */
      replace: (environmentId: string, body: BodyOf<'replaceRoutes'>, options: ChangeOptions = {}) =>
        call('replaceRoutes', { path: [environmentId], body, ...options }),
    },

    rerankControls: {
      list: (environmentId: string, query: QueryOf<'listRerankControls'> = {}) =>
        list('listRerankControls', [environmentId], query),
      get: (environmentId: string, contextId: string) =>
        call('getRerankControls', { path: [environmentId, contextId] }),
      set: (environmentId: string, contextId: string, body: BodyOf<'setRerankControls'>, options: ChangeOptions = {}) =>
        call('setRerankControls', { path: [environmentId, contextId], body, ...options }),
    },

    managementKeys: {
      /** The token is in the answer, and can never be read again. */
      create: (body: BodyOf<'createManagementKey'>, options: MakeOptions = {}) =>
        call('createManagementKey', { body, ...options }),
      list: (query: QueryOf<'listManagementKeys'> = {}) => list('listManagementKeys', [], query),
      revoke: (managementKeyId: string, options: ChangeOptions = {}) =>
        call('revokeManagementKey', { path: [managementKeyId], ...options }),
    },

    auditEvents: {
      list: (query: QueryOf<'listAuditEvents'> = {}) => list('listAuditEvents', [], query),
    },
  }
}

type ListName = { [Name in OperationName]: ItemOf<Name> extends never ? never : Name }[OperationName]

function listWith(call: Call) {
  return <Name extends ListName>(name: Name, path: readonly string[], query: QueryOf<Name>): Pages<ItemOf<Name>> => {
    const ask = async (asked: object) => {
      const options: CallOptions<Name> = { path, query: asked }
      // A list answers with a page: that is how it is told apart in ListName.
      return (await call(name, options)) as Page<ItemOf<Name>>
    }
    return createPages(ask, query)
  }
}

/** `wait` is said in the query, the rest in headers. */
function withWait<Options extends RevokeOptions>({ wait, ...options }: Options) {
  return wait === undefined ? options : { ...options, query: { wait } }
}

const DEFAULT_TIMEOUT_MS = 30_000
