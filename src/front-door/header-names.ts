// Rules about header names. Nearly all requests have the same few names, so what a rule says of a name is remembered.

const MAX_REMEMBERED = 500

/** The rule, answering from memory for the first names that it was asked about. */
export function rememberNames(rule: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>()
  return (name) => {
    const remembered = known.get(name)
    if (remembered !== undefined) return remembered
    const answer = rule(name)
    if (known.size < MAX_REMEMBERED) known.set(name, answer)
    return answer
  }
}
