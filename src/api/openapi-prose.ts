// What the OpenAPI document says in prose: how to begin, and what each group of operations is for.

/** Markdown. */
export const INTRODUCTION = `Keyward issues API keys, verifies them at the edge, and revokes them within a bound that you choose.

**Authenticate** with a management key, or with the \`ROOT_KEY\` for a start: \`Authorization: Bearer nslm_…\`. A first call:

\`\`\`sh
curl -X POST https://keys.example.com/v1/projects \\
  -H "Authorization: Bearer $MANAGEMENT_KEY" \\
  -H "Content-Type: application/json" -d '{ "name": "Shop" }'
\`\`\`

Then create an environment in the project, a key in the environment, and verify the key's token with \`POST /v1/keys/verify\`.

**Errors** are \`application/problem+json\` (RFC 9457); decide by \`code\`, and quote \`requestId\` when you ask for help. The OAuth endpoints answer \`{ error, error_description }\`.

**Paging**: lists are newest first. Send \`nextCursor\` as \`cursor\` for the next page; null means that there is none.

**Idempotency**: send an \`Idempotency-Key\` when you create or rotate something. If the answer is lost, the same request with the same key gets the same answer, the token too, within 24 hours.

**Conditions**: send the \`ETag\` of a record as \`If-Match\` with a change; if someone else has changed the record meanwhile, nothing is done and the answer is 412.

**Bodies** are JSON in UTF-8, at most 64 KiB, in which no member is given twice and every number can be kept exactly. Unknown fields and parameters are refused by name. Moments are RFC 3339 in UTC; fields that end in \`Ms\` or \`Seconds\` are durations.

Not described here: the front door, \`/api/*\` and \`/core/*\`, which passes requests on to your own API.`

export const TAGS = [
  {
    name: 'Projects',
    description:
      'A project groups the environments of one product or team. Create one first. Only admins can create, rename or delete projects.',
  },
  {
    name: 'Environments',
    description:
      'An environment, such as production or staging, has a scope catalogue and the keys that live in it. Its bounds say how soon a revocation is in force. When an environment may be compromised, revoke all its keys in one call.',
  },
  {
    name: 'API keys',
    description:
      'Keys for servers that call your API. Create one for each caller, rotate it without an interruption, and revoke it when it may have leaked. The token is shown once; afterwards the prefix identifies it.',
  },
  {
    name: 'SDK credentials',
    description:
      'OAuth clients for SDKs that obtain access tokens instead of sending a key. A credential has a client id and a secret, which is shown once. Its access tokens open `/core/*`.',
  },
  {
    name: 'OAuth',
    description:
      'The standard endpoints for SDK credentials: obtain an access token, ask about one, end one, and find the endpoints and public keys. Most clients need only a library that knows OAuth and the address of this Worker.',
  },
  {
    name: 'Verification',
    description:
      'Ask whether a token is good, and for what. Use it in a service that receives keys itself, without the front door. The answer is always 200 with a verdict; `code` says why a token is refused.',
  },
  {
    name: 'Front door',
    description:
      'The front door checks keys and passes requests on to your API. The route table says which requests may pass, with which scopes, and where they go. If you have a proxy already, it can ask `/forward-auth` instead.',
  },
  {
    name: 'Rerank controls',
    description:
      'What the front door adds to the query of requests on routes with `rerank`: how strongly and how deeply results are reranked, for each context. You can change it without a new version of the callers.',
  },
  {
    name: 'Management keys',
    description:
      'Keys of this API itself, each with a role. Create one for each person, deployment or service, and a `verifier` for services that only verify. Only admins can manage them.',
  },
  {
    name: 'Audit log',
    description:
      'Every change, with who made it, from where, and the values before and after. It can only be added to. Read it when you investigate an incident, or export it regularly.',
  },
  {
    name: 'Service',
    description:
      'The Worker itself: whether it is up, and where the documentation is. These need no credential. Use `/healthz` for monitoring.',
  },
]
