// The routes as a table, in the order they are tried.
import { compileRoutes, type Route } from '../../core/route-table.ts'
import { formatSeconds, Scopes } from '../components/text.tsx'
import { formatUpstream } from './form.ts'

export const RouteTable = ({ routes }: { routes: readonly Route[] }) => (
  <div class="table-frame">
    <table class="table is-fullwidth stacks">
      <thead>
        <tr>
          <th scope="col">Methods</th>
          <th scope="col">Path</th>
          <th scope="col">Scopes</th>
          <th scope="col">Upstream</th>
          <th scope="col">Options</th>
        </tr>
      </thead>
      <tbody>
        {compileRoutes(routes).map(({ route }) => (
          <tr>
            <td data-label="Methods">
              <Methods methods={route.methods} />
            </td>
            <td data-label="Path">
              <code>{route.path}</code>
            </td>
            <td data-label="Scopes">
              {route.scopes.length === 0 ? (
                <span class="is-quiet">any live key</span>
              ) : (
                <Scopes scopes={route.scopes} />
              )}
            </td>
            <td data-label="Upstream">
              <UpstreamText route={route} />
            </td>
            <td data-label="Options">{listOptions(route).join(', ') || <span class="is-quiet">–</span>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

export const Methods = ({ methods }: { methods: readonly string[] }) => (
  <span class="scopes">
    {methods.map((method) => (
      <code class="method">{method === '*' ? 'any' : method}</code>
    ))}
  </span>
)

const UpstreamText = ({ route: { upstream } }: { route: Route }) =>
  upstream === null ? (
    <span class="tag is-warning is-light">not set, answers 502</span>
  ) : (
    <span class="upstream">{formatUpstream(upstream)}</span>
  )

const listOptions = ({ rerank, webSocket, timeoutMs }: Route) => [
  ...(rerank ? ['rerank controls'] : []),
  ...(webSocket ? ['WebSockets'] : []),
  `time limit ${formatSeconds(timeoutMs)}`,
]
