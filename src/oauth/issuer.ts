// Who issues access tokens, and where its endpoints are.
import type { Context } from 'hono'
import type { AppEnv } from '../http/app-env.ts'

/** The configured issuer, or the origin that was asked. */
export const issuerOf = (c: Context<AppEnv>) => c.var.deps.config.issuer ?? new URL(c.req.url).origin
