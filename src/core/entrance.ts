// The two entrances of the front door, told apart by the first segment of the path.
import type { ValidKey } from './verdict.ts'

/** `kind` is the token that is taken there. Where `reranks` is false, mode and depth are left to the client. */
export type Entrance = { kind: ValidKey['kind']; reranks: boolean }

const API: Entrance = { kind: 'api_key', reranks: true }
const CORE: Entrance = { kind: 'access_token', reranks: false }

/** Null for a path that is not the front door's. */
export function entranceOf([first]: readonly string[]): Entrance | null {
  if (first === 'api') return API
  return first === 'core' ? CORE : null
}

/** The entrance of a URL, also of one whose path is refused for another reason. */
export const entranceOfUrl = ({ pathname }: Pick<URL, 'pathname'>): Entrance | null =>
  entranceOf(pathname.split('/').slice(1, 2))

/** The path as a route table writes it: routes say `/api`, and are meant under `/core` as well. */
export const toRoutedPath = (path: readonly string[]): readonly string[] =>
  path[0] === 'core' ? ['api', ...path.slice(1)] : path
