// Scopes: the rights in an environment's catalogue, and which of them a key may hold.

/** A right that an environment offers. Every key of the environment must hold its `required` scopes. */
export type ScopeDefinition = {
  name: string
  description: string | null
  required: boolean
  /**
   * Names by which OAuth clients may request the scope at the token endpoint, for SDKs whose scope names are fixed. One
   * alias may stand for several scopes. Nothing else reads them: keys hold scopes by their names, and routes ask for names.
   * Left out where there are none.
   */
  aliases?: readonly string[]
}

export type ScopeCatalogue = readonly ScopeDefinition[]

export const SCOPE_PATTERN = /^[a-z][a-z0-9._:/-]{0,63}$/
export const MAX_SCOPES = 100
export const MAX_ALIASES = 10

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

/** A scope with the aliases by which it may be requested. */
export type AliasedScope = { name: string; aliases: readonly string[] }

/** Only the scopes that have aliases. */
export const findAliasedScopes = (catalogue: ScopeCatalogue): AliasedScope[] =>
  catalogue.flatMap(({ name, aliases = [] }) => (aliases.length === 0 ? [] : [{ name, aliases }]))

/**
 * The scopes to grant to a client that holds `held` and requests `requested`, in the order of `held`. An alias stands for
 * those of its scopes that the client holds. Null when a name is neither a held scope nor an alias, or when nothing
 * would be granted.
 * @see RFC 6749 §3.3: the server may grant less than was requested, and says what it granted.
 */
export function resolveRequestedScopes(
  held: readonly string[],
  requested: readonly string[],
  aliased: readonly AliasedScope[],
): string[] | null {
  const isKnown = (name: string) => held.includes(name) || aliased.some(({ aliases }) => aliases.includes(name))
  if (!requested.every(isKnown)) return null
  const names = new Set(
    requested.flatMap((name) => [
      name,
      ...aliased.filter(({ aliases }) => aliases.includes(name)).map((it) => it.name),
    ]),
  )
  const granted = held.filter((scope) => names.has(scope))
  return granted.length === 0 ? null : granted
}

/** The scopes that the catalogue has, once each and in its order. */
export function orderScopes(scopes: readonly string[], catalogue: ScopeCatalogue): string[] {
  return catalogue.map(({ name }) => name).filter((name) => scopes.includes(name))
}

/** What NeuronSearchLab's SDK requests unless it is configured otherwise. */
const NSL_READ = 'neuronsearchlab-api/read'
const NSL_WRITE = 'neuronsearchlab-api/write'

export const TEMPLATES = {
  'data-api': [
    { name: 'read', description: 'Read data', required: true },
    { name: 'write', description: 'Create, change and delete data', required: false },
  ],
  recommendations: [
    { name: 'recommendations', description: 'Get recommendations and search', required: false, aliases: [NSL_READ] },
    { name: 'events', description: 'Send events', required: false, aliases: [NSL_WRITE] },
    { name: 'items', description: 'Create, change and delete items', required: false, aliases: [NSL_WRITE] },
  ],
} as const satisfies Record<string, ScopeCatalogue>

export type TemplateName = keyof typeof TEMPLATES
