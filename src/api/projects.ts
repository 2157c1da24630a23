// /v1/projects
import { z } from '@hono/zod-openapi'
import type { Project } from '../core/environment.ts'
import { createdByField, idField, nameField, timestamp } from '../http/fields.ts'
import { toTimestamp } from '../http/timestamps.ts'
import { createProject, deleteProject, editProject, getProject, listProjects } from '../service/projects.ts'
import {
  createRouter,
  defineManagementRoute,
  jsonAnswer,
  jsonBody,
  pageQuery,
  pageSchemaOf,
  projectParam,
  readPageRequest,
  toWirePage,
} from './define-route.ts'
import { preconditionOf } from './entity-tags.ts'
import { answerOnce, defineIdempotentRoute } from './idempotency.ts'

const projectSchema = z
  .object({
    id: idField.project,
    name: z.string().describe('The name, for people.'),
    createdAt: timestamp.describe('When it was created.'),
    createdBy: createdByField,
  })
  .openapi('Project')
  .describe('A project groups environments.')

const toWire = ({ id, name, createdAt, createdBy }: Project) => ({
  id,
  name,
  createdAt: toTimestamp(createdAt),
  createdBy,
})

const tags = ['Projects']

export const projectRoutes = createRouter()

projectRoutes.openapi(
  defineIdempotentRoute({
    method: 'post',
    path: '/v1/projects',
    tags,
    summary: 'Create a project',
    request: jsonBody(z.strictObject({ name: nameField })),
    responses: { 201: jsonAnswer('The project.', projectSchema) },
  }),
  async (c) => {
    const { deps, caller } = c.var
    const input = c.req.valid('json')
    const project = await answerOnce(c, input, {
      make: (seal) => createProject(deps, caller, input, seal),
      render: toWire,
    })
    return c.json(project, 201)
  },
)

projectRoutes.openapi(
  defineManagementRoute({
    method: 'get',
    path: '/v1/projects',
    tags,
    summary: 'List projects, newest first',
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonAnswer('A page of projects.', pageSchemaOf(projectSchema)) },
  }),
  async (c) => {
    const page = await listProjects(c.var.deps, c.var.caller, readPageRequest(c.req.valid('query')))
    return c.json(toWirePage(page, toWire), 200)
  },
)

projectRoutes.openapi(
  defineManagementRoute(
    {
      method: 'get',
      path: '/v1/projects/{projectId}',
      tags,
      summary: 'Read a project',
      request: { params: projectParam },
      responses: { 200: jsonAnswer('The project.', projectSchema) },
    },
    ['not_found'],
  ),
  async (c) => c.json(toWire(await getProject(c.var.deps, c.var.caller, c.req.valid('param').projectId)), 200),
)

projectRoutes.openapi(
  defineManagementRoute(
    {
      method: 'patch',
      path: '/v1/projects/{projectId}',
      tags,
      summary: 'Rename a project',
      request: { params: projectParam, ...jsonBody(z.strictObject({ name: nameField.optional() })) },
      responses: { 200: jsonAnswer('The project.', projectSchema) },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    const { projectId } = c.req.valid('param')
    return c.json(
      toWire(await editProject(c.var.deps, c.var.caller, projectId, c.req.valid('json'), preconditionOf(c, toWire))),
      200,
    )
  },
)

projectRoutes.openapi(
  defineManagementRoute(
    {
      method: 'delete',
      path: '/v1/projects/{projectId}',
      tags,
      summary: 'Delete a project that has no environments',
      request: { params: projectParam },
      responses: { 204: { description: 'The project is gone.' } },
    },
    ['not_found', 'conflict'],
  ),
  async (c) => {
    await deleteProject(c.var.deps, c.var.caller, c.req.valid('param').projectId, preconditionOf(c, toWire))
    return c.body(null, 204)
  },
)
