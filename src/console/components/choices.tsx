// A group of controls that are one field, with its hint and what is wrong with it.
import type { Child } from 'hono/jsx'
import type { Problem } from '../../core/problem.ts'
import { findFault, toFieldId } from './field.tsx'

type ChoicesProps = { label: string; name: string; problem: Problem | null; hint?: string; children?: Child }

export const Choices = ({ label, name, problem, hint, children }: ChoicesProps) => {
  const fault = findFault(problem, name)
  const id = toFieldId(name)
  const describedBy = [...(fault === null ? [] : [`${id}-fault`]), ...(hint ? [`${id}-hint`] : [])].join(' ')
  return (
    <fieldset class="field" id={id} tabindex={-1} {...(describedBy === '' ? {} : { 'aria-describedby': describedBy })}>
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
