// The headers of an upstream's answer, as the client gets them.

/**
 * The answer is for the holder of the key alone: a shared cache would go on giving it out after the key is revoked.
 * Which pages may read it is for the front door to say.
 */
export function answerHeaders(answer: Response, requestId: string): Response {
  const { headers } = answer
  headers.set('X-Request-Id', requestId)
  headers.set('Cache-Control', forOneClient(headers.get('Cache-Control')))
  for (const name of REMOVED) headers.delete(name)
  return answer
}

function forOneClient(cacheControl: string | null): string {
  if (cacheControl === null) return 'no-store'
  const directives = cacheControl.split(',').map((directive) => directive.trim())
  return ['private', ...directives.filter((directive) => directive !== '' && !SHARED.test(directive))].join(', ')
}

const SHARED = /^(public|private|s-maxage|proxy-revalidate)\b/i

const REMOVED = [
  'Access-Control-Allow-Credentials',
  'Access-Control-Allow-Headers',
  'Access-Control-Allow-Methods',
  'Access-Control-Allow-Origin',
  'Access-Control-Expose-Headers',
  'Access-Control-Max-Age',
  'CDN-Cache-Control',
  'Cloudflare-CDN-Cache-Control',
  'Edge-Control',
  'Netlify-CDN-Cache-Control',
  'Surrogate-Control',
  'Vercel-CDN-Cache-Control',
]
