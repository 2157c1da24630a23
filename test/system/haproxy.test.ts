import { describeForwardAuth } from '../support/forward-auth-suite.ts'

describeForwardAuth(
  { name: 'haproxy', versionFlag: '-v', arguments: () => ['-db', '-f', 'haproxy.cfg'] },
  { name: 'haproxy.md', namedInConnection: 'is refused' },
)
