// The members of a JSON object, each with its own text: whoever takes one out can leave the others byte for byte. Parsed
// and written again, 1e400 or 9007199254740993 would be another number.

export type JsonMember = {
  /** Without its escapes. */
  name: string
  /** The text of the value. */
  value: string
  /** The text of the whole member. */
  text: string
}

/** The members of the object in their order, with those that repeat a name; null when the text is not a JSON object. */
export function readMembers(text: string): JsonMember[] | null {
  if (!isJsonObject(text)) return null
  const members: JsonMember[] = []
  let depth = 0
  let open: { at: number; name: string } | null = null
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '}' || token === ']') depth -= 1
    const isEnd = depth === 0 || (depth === 1 && token === ',')
    if (isEnd && open !== null) {
      members.push(toMember(open.name, text.slice(open.at, index)))
      open = null
    } else if (depth === 1 && open === null && token.startsWith('"')) open = { at: index, name: token }
    if (token === '{' || token === '[') depth += 1
  }
  return members
}

/** The text of an object with these members. */
export const writeMembers = (members: readonly JsonMember[]) => `{${members.map(({ text }) => text).join(',')}}`

function toMember(quotedName: string, text: string): JsonMember {
  const value = text.slice(quotedName.length).trim().slice(':'.length).trim()
  return { name: JSON.parse(quotedName), value, text: text.trim() }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** Strings, so that what is in them is not taken for structure, and structure. Well-formed JSON has nothing else of note. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g
