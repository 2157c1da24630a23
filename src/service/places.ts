// Finding one's way: whoever may read environments may see which project they are in, and no more of it than its name.
// Projects themselves are an admin's.
import type { Caller } from '../core/actor.ts'
import type { Environment, Project } from '../core/environment.ts'
import { notFound } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { findEnvironmentWithProject } from '../store/environments.ts'
import type { Page, PageRequest } from '../store/page.ts'
import { findProject, listProjects } from '../store/projects.ts'
import { authorize } from './authorize.ts'

export type ProjectName = Pick<Project, 'id' | 'name' | 'createdAt'>

/** Newest first. */
export async function projectsInSight(deps: Deps, caller: Caller, page: PageRequest): Promise<Page<ProjectName>> {
  authorize(caller.actor, 'environments.read')
  const { items, nextCursor } = await listProjects(deps.db, page)
  return { items: items.map(nameOf), nextCursor }
}

/** @throws {Problem} not_found */
export async function projectInSight(deps: Deps, caller: Caller, id: string): Promise<ProjectName> {
  authorize(caller.actor, 'environments.read')
  const project = await findProject(deps.db, id)
  if (!project) throw notFound('project')
  return nameOf(project)
}

/** @throws {Problem} not_found */
export async function environmentInSight(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ environment: Environment; project: { id: string; name: string } }> {
  authorize(caller.actor, 'environments.read')
  const found = await findEnvironmentWithProject(deps.db, id)
  if (!found) throw notFound('environment')
  return { environment: found.environment, project: { id: found.environment.projectId, name: found.projectName } }
}

const nameOf = ({ id, name, createdAt }: Project): ProjectName => ({ id, name, createdAt })
