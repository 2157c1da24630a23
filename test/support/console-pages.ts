// Every page of the console that an address leads to, by what it is called in pictures.
import type { Seeded } from './seed-console.ts'

export type ConsolePage = { name: string; path: string }

export function consolePages({
  projectId,
  environmentId,
  emptyEnvironmentId,
  keys,
  credentialId,
}: Seeded): ConsolePage[] {
  const at = `/console/environments/${environmentId}`
  const empty = `/console/environments/${emptyEnvironmentId}`
  return [
    { name: 'projects', path: '/console/projects' },
    { name: 'project-new', path: '/console/projects/new' },
    { name: 'project', path: `/console/projects/${projectId}` },
    { name: 'project-settings', path: `/console/projects/${projectId}/settings` },
    { name: 'environment-new', path: `/console/projects/${projectId}/environments/new` },
    { name: 'keys', path: `${at}/keys` },
    { name: 'keys-searched', path: `${at}/keys?search=nothing` },
    { name: 'keys-empty', path: `${empty}/keys` },
    { name: 'key-new', path: `${at}/keys/new` },
    { name: 'key', path: `/console/keys/${keys.active}` },
    { name: 'key-rotated', path: `/console/keys/${keys.rotated}` },
    { name: 'key-disabled', path: `/console/keys/${keys.disabled}` },
    { name: 'key-revoked', path: `/console/keys/${keys.revoked}` },
    { name: 'key-edit', path: `/console/keys/${keys.active}/edit` },
    { name: 'key-rotate', path: `/console/keys/${keys.active}/rotate` },
    { name: 'key-revoke', path: `/console/keys/${keys.active}/revoke` },
    { name: 'credentials', path: `${at}/credentials` },
    { name: 'credentials-empty', path: `${empty}/credentials` },
    { name: 'credential-new', path: `${at}/credentials/new` },
    { name: 'credential', path: `/console/credentials/${credentialId}` },
    { name: 'routes', path: `${at}/routes` },
    { name: 'routes-edit', path: `${at}/routes/edit` },
    { name: 'rerank-controls', path: `${at}/rerank-controls` },
    { name: 'rerank-controls-empty', path: `${empty}/rerank-controls` },
    { name: 'rerank-context', path: `${at}/rerank-controls/contexts/homepage` },
    { name: 'rerank-context-new', path: `${at}/rerank-controls/new` },
    { name: 'settings', path: `${at}/settings` },
    { name: 'audit-log', path: '/console/audit-log' },
    { name: 'audit-log-narrowed', path: `/console/audit-log?projectId=${projectId}&action=key.created` },
    { name: 'management-keys', path: '/console/management-keys' },
    { name: 'management-key-new', path: '/console/management-keys/new' },
    { name: 'not-found', path: '/console/nothing-here' },
  ]
}
