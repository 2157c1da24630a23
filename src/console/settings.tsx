// The pages of the settings of an environment.
import { Hono } from 'hono'
import type { ConsoleEnv } from './console-env.ts'

export const settingsPages = new Hono<ConsoleEnv>()
