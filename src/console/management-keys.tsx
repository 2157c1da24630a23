// The pages of management keys.
import { Hono } from 'hono'
import type { ConsoleEnv } from './console-env.ts'

export const managementKeyPages = new Hono<ConsoleEnv>()
