// Projects: what environments are grouped in.
import { authorize, type Caller } from '../core/actor.ts'
import { createAuditEvent, findDifferences } from '../core/audit.ts'
import type { Project } from '../core/environment.ts'
import { newId } from '../core/ids.ts'
import { notFound, Problem } from '../core/problem.ts'
import { listEnvironments } from '../store/environments.ts'
import type { Page, PageRequest } from '../store/page.ts'
import * as store from '../store/projects.ts'
import type { Deps } from './deps.ts'
import { type SealResponse, storeNothing } from './idempotency.ts'
import { type Precondition, requireAccepted, requireMatch } from './precondition.ts'
import { CHANGED_MEANWHILE, retryOnConflict } from './retry-on-conflict.ts'

export async function createProject(
  deps: Deps,
  caller: Caller,
  { name }: { name: string },
  seal: SealResponse<Project> = storeNothing,
): Promise<Project> {
  authorize(caller.actor, 'projects')
  const at = deps.clock()
  const project = { id: newId('project'), name, createdAt: at, createdBy: caller.actor.id, revision: 1 }
  const event = createAuditEvent({ id: newId('event'), at }, caller, {
    action: 'project.created',
    projectId: project.id,
    after: { name },
  })
  await store.insertProject(deps.db, project, { event, response: await seal(project) })
  return project
}

/** @throws {Problem} not_found */
export async function getProject(deps: Deps, caller: Caller, id: string): Promise<Project> {
  authorize(caller.actor, 'projects')
  return existing(deps, id)
}

export async function listProjects(deps: Deps, caller: Caller, page: PageRequest): Promise<Page<Project>> {
  authorize(caller.actor, 'projects')
  return store.listProjects(deps.db, page)
}

/** What an actor that may read environments sees of their project. Projects as such are for admins. */
export type ProjectName = Pick<Project, 'id' | 'name' | 'createdAt'>

/** Newest first. */
export async function listProjectNames(deps: Deps, caller: Caller, page: PageRequest): Promise<Page<ProjectName>> {
  authorize(caller.actor, 'environments.read')
  const { items, nextCursor } = await store.listProjects(deps.db, page)
  return { items: items.map(toProjectName), nextCursor }
}

/** @throws {Problem} not_found */
export async function getProjectName(deps: Deps, caller: Caller, id: string): Promise<ProjectName> {
  authorize(caller.actor, 'environments.read')
  return toProjectName(await existing(deps, id))
}

const toProjectName = ({ id, name, createdAt }: Project): ProjectName => ({ id, name, createdAt })

/** What can be edited of a project. */
export const editablePartOf = ({ name }: Project) => ({ name })

/** `ifMatch` is the etagOf the `editablePartOf` the project, as the caller saw it. @throws {Problem} not_found, conflict */
export async function editProject(
  deps: Deps,
  caller: Caller,
  id: string,
  edit: { name?: string | undefined },
  precondition: Precondition<Project> = {},
): Promise<Project> {
  authorize(caller.actor, 'projects')
  return retryOnConflict(async () => {
    const project = await existing(deps, id)
    requireMatch(precondition, editablePartOf(project))
    requireAccepted(precondition, project)
    const change = findDifferences(project, edit)
    if (!change) return project
    const name = edit.name ?? project.name
    const event = createAuditEvent({ id: newId('event'), at: deps.clock() }, caller, {
      action: 'project.updated',
      projectId: id,
      ...change,
    })
    const updated = await store.updateProject(deps.db, project, { name }, event)
    return updated ? { ...project, name, revision: project.revision + 1 } : CHANGED_MEANWHILE
  })
}

/** @throws {Problem} not_found, or conflict while it has environments */
export async function deleteProject(
  deps: Deps,
  caller: Caller,
  id: string,
  precondition: Precondition<Project> = {},
): Promise<void> {
  authorize(caller.actor, 'projects')
  await retryOnConflict(async () => {
    const project = await existing(deps, id)
    requireAccepted(precondition, project)
    const { items } = await listOneEnvironment(deps, id)
    if (items.length > 0) throw new Problem('conflict', 'The project still has environments. Delete them first.')
    const before = { name: project.name }
    const event = createAuditEvent({ id: newId('event'), at: deps.clock() }, caller, {
      action: 'project.deleted',
      projectId: id,
      before,
    })
    return (await store.deleteProject(deps.db, project, event)) ? true : CHANGED_MEANWHILE
  })
}

async function existing({ db }: Deps, id: string): Promise<Project> {
  const project = await store.findProject(db, id)
  if (!project) throw notFound('project')
  return project
}

const listOneEnvironment = ({ db }: Deps, projectId: string) =>
  listEnvironments(db, projectId, { limit: 1, cursor: null })
