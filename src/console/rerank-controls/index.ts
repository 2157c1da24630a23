// The rerank controls of an environment: the list of its contexts, and creating or editing the controls of one.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { editContextPages, newContextPages } from './edit-context.tsx'
import { contextListPages } from './list.tsx'

export const rerankControlsPages = new Hono<ConsoleEnv>()
for (const pages of [contextListPages, newContextPages, editContextPages]) rerankControlsPages.route('/', pages)
