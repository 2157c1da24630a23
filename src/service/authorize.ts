// The first line of every service: may this actor do this at all?
import { type Actor, mayUse, type Right } from '../core/actor.ts'
import { Problem } from '../core/problem.ts'

/** @throws {Problem} forbidden when the actor's role does not include the right */
export function authorize(actor: Actor, right: Right): void {
  if (!mayUse(actor, right)) throw new Problem('forbidden', `The role "${actor.role}" does not include this operation.`)
}
