// Scopes: the rights in an environment's catalogue, and which of them a key may hold.

/** A right that an environment offers. Every key of the environment must hold its `required` scopes. */
export type ScopeDefinition = { name: string; description: string | null; required: boolean }

export type ScopeCatalogue = readonly ScopeDefinition[]

export const SCOPE_PATTERN = /^[a-z][a-z0-9._:/-]{0,63}$/
export const MAX_SCOPES = 100

/** The scopes in `asked` that are not in `held`, in the order of `asked`. */
export function findMissingScopes(held: readonly string[], asked: readonly string[]): string[] {
  return asked.filter((scope) => !held.includes(scope))
}

export type ScopeFault = { kind: 'unknown'; scope: string; index: number } | { kind: 'required'; scope: string }

/** The reasons why a key may not have these scopes in this catalogue; empty when it may. */
export function findScopeFaults(scopes: readonly string[], catalogue: ScopeCatalogue): ScopeFault[] {
  const unknown = scopes.flatMap((scope, index): ScopeFault[] =>
    catalogue.some(({ name }) => name === scope) ? [] : [{ kind: 'unknown', scope, index }],
  )
  const required = catalogue
    .filter(({ name, required }) => required && !scopes.includes(name))
    .map(({ name }): ScopeFault => ({ kind: 'required', scope: name }))
  return [...unknown, ...required]
}

/** The scopes that the catalogue has, once each and in its order. */
export function orderScopes(scopes: readonly string[], catalogue: ScopeCatalogue): string[] {
  return catalogue.map(({ name }) => name).filter((name) => scopes.includes(name))
}

export const TEMPLATES = {
  'data-api': [
    { name: 'read', description: 'Read data', required: true },
    { name: 'write', description: 'Create, change and delete data', required: false },
  ],
  recommendations: [
    { name: 'recommendations', description: 'GET /api/recommendations', required: false },
    { name: 'events', description: 'POST /api/events', required: false },
    { name: 'items', description: 'POST, PATCH and DELETE /api/items', required: false },
  ],
} as const satisfies Record<string, ScopeCatalogue>

export type TemplateName = keyof typeof TEMPLATES
