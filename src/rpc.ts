// Verification for other Workers, by service binding. The binding is its own authorization, so no key is sent.
import { WorkerEntrypoint } from 'cloudflare:workers'
import { type Fault, MAX_FAULTS } from './core/problem.ts'
import { createDeps } from './deps.ts'
import { toFaults } from './http/faults.ts'
import { isUnavailable, toWireVerdict, verifyInputSchema, type WireVerdict } from './http/verification.ts'
import { verify } from './service/verify.ts'

/** `environmentId` in the binding's `props` limits it to one environment: keys of any other are `not_found`. */
export type KeyVerifierProps = { environmentId?: string }

export type RpcVerdict =
  | WireVerdict
  /** The stores could not be reached: the key is neither valid nor denied. Try again after `retryAfterSeconds`. */
  | { valid: false; code: 'unavailable'; retryAfterSeconds: number }
  /** The input is not a valid question: `errors` names each invalid field. */
  | { valid: false; code: 'invalid_request'; errors: Fault[] }

const SERVICE_BINDING = {
  type: 'service_binding',
  id: 'service_binding',
  name: 'service binding',
  role: 'verifier',
} as const

export class KeyVerifier extends WorkerEntrypoint<Env, KeyVerifierProps> {
  /** The verdict on a token, the same as `POST /v1/keys/verify` returns. Expected failures are returned, not thrown. */
  async verify(input: unknown): Promise<RpcVerdict> {
    const question = verifyInputSchema.safeParse(input)
    if (!question.success) {
      return { valid: false, code: 'invalid_request', errors: toFaults(question.error.issues).slice(0, MAX_FAULTS) }
    }
    const environmentId = this.ctx.props?.environmentId ?? null
    const verdict = await verify(createDeps(this.env, this.ctx), { ...SERVICE_BINDING, environmentId }, question.data)
    return isUnavailable(verdict) ? verdict : toWireVerdict(verdict)
  }
}
