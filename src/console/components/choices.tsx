// Several controls that answer one question, with what was wrong with the answer.
import type { Child } from 'hono/jsx'
import type { Problem } from '../../core/problem.ts'
import { fieldId, findFault } from './field.tsx'

type ChoicesProps = { label: string; name: string; problem: Problem | null; hint?: string; children?: Child }

export const Choices = ({ label, name, problem, hint, children }: ChoicesProps) => {
  const fault = findFault(problem, name)
  const id = fieldId(name)
  const told = [...(fault === null ? [] : [`${id}-fault`]), ...(hint ? [`${id}-hint`] : [])].join(' ')
  return (
    <fieldset class="field" id={id} tabindex={-1} {...(told === '' ? {} : { 'aria-describedby': told })}>
      <legend class="label">{label}</legend>
      {children}
      {fault !== null && (
        <p class="help is-danger" id={`${id}-fault`}>
          {fault}
        </p>
      )}
      {hint && (
        <p class="help" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </fieldset>
  )
}
