import { describeForwardAuth } from '../support/forward-auth-suite.ts'

const MAIN = `
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  include conf.d/api.conf;
}
`

describeForwardAuth(
  {
    name: 'nginx',
    versionFlag: '-v',
    arguments: (folder) => ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'],
    files: { 'nginx.conf': MAIN },
  },
  { name: 'nginx.md', namedInConnection: 'passes' },
)
