// How to try a new key: a request with it, through the front door where a route is ready for it.
import type { ApiKey } from '../../core/api-key.ts'
import type { Environment } from '../../core/environment.ts'
import { findMissingScopes } from '../../core/scope.ts'
import { getRoutes } from '../../service/routes.ts'
import { formatKeyCommand, originOf } from '../command-text.ts'
import { CommandWithToken } from '../components/command.tsx'
import type { ConsoleContext } from '../console-env.ts'
import { pathOf } from '../key-kinds.ts'

/** In the command a variable stands for the token, which is in the page only once; the button that copies puts it in. */
export const TryItOut = ({ c, apiKey: key, path }: { c: ConsoleContext; apiKey: ApiKey; path: string }) => (
  <>
    <CommandWithToken
      label={path === WHOAMI ? 'Ask Keyward about the key' : 'Call the API with the key'}
      text={formatKeyCommand(originOf(c), path)}
      hint={
        <>
          <code>$KEYWARD_KEY</code> stands for the key, which keeps it out of your shell history.
        </>
      }
    />
    <p class="first-use" data-first-use={`${pathOf(key)}/last-use`} hidden>
      {key.enabled ? 'Not used yet. This line turns green when the key is first used.' : 'This key is disabled.'}
    </p>
  </>
)

/**
 * A route that answers GET, has an upstream, and lets a key with these scopes through; /v1/whoami when there is none.
 * It never fails: a token that was created must be shown, whether or not a route to try it was found.
 */
export async function findPathToTry(
  c: ConsoleContext,
  { id }: Environment,
  scopes: readonly string[],
): Promise<string> {
  const routes = await getRoutes(c.var.deps, c.var.caller, id).catch(() => [])
  const fitting = routes.find(
    ({ methods, path, scopes: asked, upstream }) =>
      upstream !== null &&
      (methods.includes('GET') || methods.includes('*')) &&
      !/[:*]/.test(path) &&
      findMissingScopes(scopes, asked).length === 0,
  )
  return fitting?.path ?? WHOAMI
}

const WHOAMI = '/v1/whoami'
