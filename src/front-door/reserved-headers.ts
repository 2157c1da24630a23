// Request headers that only a front door may set: what a proxy tells its upstream about a client. A client that sends one is
// pretending to be such a proxy, so none of its own is passed on.

/** Whether a client must not tell an upstream this. `name` is in lower case. */
export const isReserved = (name: string): boolean =>
  RESERVED.has(name) || RESERVED_PREFIXES.test(name) || (ODD.test(name) && isReserved(name.replace(EVERY_ODD, '-')))

/** Some servers read `_`, and a few read any other sign, as `-`. */
const ODD = /[^a-z0-9-]/
const EVERY_ODD = /[^a-z0-9-]/g

const RESERVED_PREFIXES = new RegExp(
  `^(?:${[
    // Ours.
    'x-keyward-',
    'keyward-',
    // Where a request comes from, as proxies and platforms say it.
    'x-forwarded-',
    'http-x-forwarded-',
    'x-envoy-',
    'x-appengine-',
    'x-azure-',
    'x-vercel-',
    'x-nf-',
    'cf-',
    'cloudfront-',
    'fastly-',
    'fly-',
    // Who it comes from, as gateways that ask for a login or a client certificate say it.
    'ssl-client-',
    'x-ssl-client-',
    'x-arr-',
    'x-amzn-oidc-',
    'x-goog-iap-',
    'x-goog-authenticated-user-',
    'x-ms-client-principal',
  ].join('|')})`,
)

const RESERVED: ReadonlySet<string> = new Set([
  // The address of the client.
  'forwarded',
  'x-forwarded',
  'forwarded-for',
  'forwarded-for-ip',
  'x-forward-for',
  'x-original-for',
  'x-original-forwarded-for',
  'x-real-ip',
  'x-client-ip',
  'x-true-client-ip',
  'x-cluster-client-ip',
  'x-remote-ip',
  'x-remote-addr',
  'x-originating-ip',
  'x-original-remote-addr',
  'x-proxyuser-ip',
  'client-ip',
  'http-client-ip',
  'remote-addr',
  'true-client-ip',
  'proxy-client-ip',
  'wl-proxy-client-ip',
  // The host, scheme and port that it was sent to.
  'x-host',
  'x-original-host',
  'x-http-host-override',
  'x-real-host',
  'x-original-proto',
  'x-original-scheme',
  'x-original-port',
  'x-scheme',
  'x-url-scheme',
  'x-real-port',
  'front-end-https',
  // Who is behind it.
  'client-cert',
  'client-cert-chain',
  'x-client-cert',
  'x-client-verify',
  'remote-user',
  'x-remote-user',
  'x-request-id',
  // Some servers take these for the method or path of the request.
  'x-http-method',
  'x-http-method-override',
  'x-http-path-override',
  'x-method-override',
  'x-original-method',
  'x-original-path',
  'x-original-url',
  'x-original-uri',
  'x-override-url',
  'x-rewrite-url',
])
