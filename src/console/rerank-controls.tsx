// The pages of rerank controls.
import { Hono } from 'hono'
import type { ConsoleEnv } from './console-env.ts'

export const rerankPages = new Hono<ConsoleEnv>()
