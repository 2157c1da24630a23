// What works without a session: signing in and out, and how the console looks.
import { Hono } from 'hono'
import type { ConsoleEnv } from '../console-env.ts'
import { preferencePages } from './preferences.ts'
import { sessionPages } from './sign-in.tsx'

export const signInPages = new Hono<ConsoleEnv>()
for (const pages of [sessionPages, preferencePages]) signInPages.route('/', pages)
