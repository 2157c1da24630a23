// The route table of an environment: reading it, asking what it would do with a request, and editing it as a whole.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { editRoutesPages } from './edit-routes.tsx'
import { routeListPages } from './list.tsx'

export const routesPages = new Hono<ConsoleEnv>()
for (const pages of [routeListPages, editRoutesPages]) routesPages.route('/', pages)
