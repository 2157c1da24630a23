import { describeForwardAuth } from '../support/forward-auth-suite.ts'

describeForwardAuth(
  {
    name: 'caddy',
    versionFlag: 'version',
    arguments: () => ['run', '--adapter', 'caddyfile', '--config', 'main'],
    // Several at once on one machine.
    files: { main: '{\n\tadmin off\n}\nimport Caddyfile\n' },
  },
  { name: 'caddy.md', namedInConnection: 'is refused' },
)
