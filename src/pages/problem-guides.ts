// What the page of each problem says beyond its title: an answer as it may look, usual causes, and what to do.
import type { Fault, ProblemCode } from '../core/problem.ts'

export type ProblemGuide = {
  /** The `detail` of the example. */
  detail: string
  errors?: readonly Fault[]
  causes: readonly string[]
  remedies: readonly string[]
}

export const PROBLEM_GUIDES: Record<ProblemCode, ProblemGuide> = {
  invalid_request: {
    detail: 'name: must not be empty',
    errors: [{ path: 'name', message: 'must not be empty' }],
    causes: [
      'A field is missing, misspelled or of the wrong type. Unknown fields and query parameters are refused, so that a typing error never passes unnoticed.',
      'The body is not JSON in UTF-8, names a member twice, or has a number that cannot be kept exactly.',
      'The request carries two tokens: one in `Authorization` and one in `X-API-Key`.',
    ],
    remedies: [
      'Read `errors`: each entry names the place (`path`) and what is wrong with it (`message`).',
      'Compare the request with the API reference.',
    ],
  },
  unauthenticated: {
    detail: 'The credential is not valid.',
    causes: [
      'The request has no token, or an `Authorization` header of another scheme than `Bearer`.',
      'The token was revoked, disabled or rotated away, or it has expired.',
      'The token is of another kind: management keys (`nslm_…`) open `/v1`, API keys (`nsl_…`) open `/api`, access tokens open `/core`.',
      'The token was cut off or changed when it was copied.',
    ],
    remedies: [
      'Send `Authorization: Bearer <token>`; API keys may be sent as `X-API-Key` instead.',
      'Ask `POST /v1/keys/verify` with a management key: unlike this answer, its verdict says why a token is refused.',
    ],
  },
  forbidden: {
    detail: 'Your role does not include this operation.',
    causes: ['Your management key works, but its role does not include this operation.'],
    remedies: [
      'Use a key with a wider role. `admin` may do everything, `member` everything inside an environment, and `verifier` may only verify tokens.',
    ],
  },
  insufficient_scope: {
    detail: 'The API key lacks a scope that this request needs.',
    causes: ['The key works, but it does not hold every scope that the route asks for.'],
    remedies: [
      'Read `scope` in the `WWW-Authenticate` header: it names what is needed.',
      'Give the key that scope in the console or by `PATCH /v1/keys/{keyId}`, or use another key.',
    ],
  },
  browser_not_allowed: {
    detail: 'API keys are for servers. This request comes from a web page whose origin is not allowed.',
    causes: [
      'A web page sent the request. Everybody who opens that page can read the key in it, so such requests are refused.',
      'A server-side client sends `Origin` or `Sec-Fetch-Site`, as browsers do.',
    ],
    remedies: [
      'Send the request from your server, and let the page call your server.',
      'If the page’s visitors are meant to hold the key, add its origin to `browserOrigins` of the environment.',
    ],
  },
  not_found: {
    detail: 'There is no such key.',
    causes: [
      'The id is wrong, the record was deleted, or it belongs to an environment you may not see: the answers are the same.',
      'The path is misspelled, or has a slash too many at its end.',
      'At the front door: the key is good, but no route of its environment takes this method and path.',
    ],
    remedies: [
      'Check the id and the path. In the console, Routes → “What would this request do?” tells you which route applies.',
    ],
  },
  method_not_allowed: {
    detail: 'This path does not take DELETE.',
    causes: ['The path exists, but not for this method.'],
    remedies: ['Read the `Allow` header: it lists the methods that the path takes.'],
  },
  conflict: {
    detail: 'This key is revoked and can no longer be changed.',
    causes: [
      'The record is in a state that does not allow this. A revoked key cannot be changed, and a project that still has environments cannot be deleted.',
      'Somebody else changed the record at the same moment.',
      'The `Idempotency-Key` was used for another request within the last 24 hours.',
    ],
    remedies: ['Read the record again, then decide. For a new request, send a new `Idempotency-Key`.'],
  },
  precondition_failed: {
    detail: 'The record is not the version that If-Match names.',
    causes: ['Somebody changed the record after you read it, so its `ETag` is no longer the one in your `If-Match`.'],
    remedies: ['Read the record again, apply your change to what is stored now, and send its new `ETag`.'],
  },
  payload_too_large: {
    detail: 'The body may be at most 65536 bytes.',
    causes: [
      'The body is longer than 64 KiB.',
      'At the front door, only routes with rerank controls have this limit: there, Keyward has to read the body.',
    ],
    remedies: ['Send less at once. Send uploads to a route without rerank controls.'],
  },
  unsupported_media_type: {
    detail: 'Send the body as `Content-Type: application/json`, in UTF-8.',
    causes: [
      'The body is not declared as JSON. `curl -d` alone declares a form.',
      'The body is compressed: it has a `Content-Encoding`.',
    ],
    remedies: ['Add `Content-Type: application/json`, and send the body uncompressed.'],
  },
  rate_limited: {
    detail: 'Too many wrong client secrets from this network. Try again in 60 seconds.',
    causes: ['Too many wrong secrets came from your network within a minute. A right one is never held back.'],
    remedies: ['Wait as many seconds as `Retry-After` says. Check that the client has its current secret.'],
  },
  internal_error: {
    detail: 'Something went wrong in Keyward. The Worker’s log has the details under this request id.',
    causes: ['This is a bug in Keyward.'],
    remedies: [
      'Look for `requestId` in the Worker’s log (`npx wrangler tail`, or the dashboard).',
      'Report it with that log line. It holds no token, secret or hash.',
    ],
  },
  bad_gateway: {
    detail: 'The upstream could not be reached.',
    causes: [
      'The key is good and the request is allowed, but the route has no upstream yet.',
      'The upstream is down, its name does not resolve, its certificate is not valid, or it leads back to Keyward.',
    ],
    remedies: ['Set or correct the upstream of the route, then try the upstream itself.'],
  },
  gateway_timeout: {
    detail: 'The upstream did not answer within 30000 ms.',
    causes: ['The key is good and the request is allowed, but the upstream did not begin its answer in time.'],
    remedies: [
      'The upstream may still have done the work: check before you send the request again.',
      'Raise `timeoutMs` of the route if the upstream needs longer (30,000 unless set).',
    ],
  },
  unavailable: {
    detail: 'The ledger did not answer in time. Try again in a few seconds.',
    causes: [
      'Keyward could not reach the store that the answer depends on. Without it the only safe answer is none: not yes, and not “bad key”.',
      'The Worker is not configured: its log names the variable.',
    ],
    remedies: [
      'Send the request again after `Retry-After` seconds.',
      'If it lasts, look at the status of Cloudflare D1 and Durable Objects.',
    ],
  },
}
