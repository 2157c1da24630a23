// How a new key is tried: a request with it, through the front door where that leads somewhere.
import type { ApiKey } from '../../core/api-key.ts'
import { findMissingScopes } from '../../core/scope.ts'
import { getRoutes } from '../../service/routes.ts'
import { keyCommand } from '../command-text.ts'
import { Command } from '../components/command.tsx'
import type { ConsoleContext } from '../console-env.ts'

/** The token stands in it as a variable: it is in the page once, and the button that copies puts it in. */
export async function tryItOut(c: ConsoleContext, key: ApiKey) {
  const path = await pathToTry(c, key)
  return (
    <>
      <Command
        label={path === WHOAMI ? 'Ask what the key is' : 'Call the API with it'}
        withToken
        hint={
          <>
            <code>$KEYWARD_KEY</code> stands for the key, so that it need not be in your shell's history.
          </>
        }
      >
        {keyCommand(c, path)}
      </Command>
      <p class="first-use" data-first-use={`/console/keys/${key.id}/last-use`} hidden>
        {key.enabled ? 'Not used yet. This line turns green when it is.' : 'The key is disabled.'}
      </p>
    </>
  )
}

/** A route that is read, that leads somewhere, and that the key opens; else the question what the key is. */
async function pathToTry(c: ConsoleContext, key: ApiKey): Promise<string> {
  const routes = await getRoutes(c.var.deps, c.var.caller, key.environmentId)
  const fitting = routes.find(
    ({ methods, path, scopes, upstream }) =>
      upstream !== null &&
      (methods.includes('GET') || methods.includes('*')) &&
      !/[:*]/.test(path) &&
      findMissingScopes(key.scopes, scopes).length === 0,
  )
  return fitting?.path ?? WHOAMI
}

const WHOAMI = '/v1/whoami'
