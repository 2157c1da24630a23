// Who issues access tokens, and where a client of `/core` learns it.
import type { Config } from '../config.ts'
import { coreAudienceOf } from '../core/access-token.ts'

/** As configured, or the origin the request was sent to. */
export const issuerOf = ({ issuer }: Pick<Config, 'issuer'>, requestUrl: string): string =>
  issuer ?? new URL(requestUrl).origin

/** Before the path of a protected resource comes this (RFC 9728 §3.1). */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource'

/** Where the metadata of `/core` is. */
export const coreMetadataUrlOf = (issuer: string): string => {
  const { origin, pathname } = new URL(coreAudienceOf(issuer))
  return `${origin}${RESOURCE_METADATA_PATH}${pathname}`
}
