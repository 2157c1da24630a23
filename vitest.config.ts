import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'

/** Where the core and the published client run in Node, where the real engines run, and where a user's commands run. */
export default defineConfig({
  test: {
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/{core,client}/**/*.test.ts'],
          environment: 'node',
          // Properties of many runs on a machine that does other things as well.
          testTimeout: 30_000,
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                ROOT_KEY: 'root-key-of-the-test-suite-0123456789',
                MIGRATIONS: await readD1Migrations('./migrations'),
              },
            },
          })),
        ],
        test: {
          name: 'worker',
          // The real engines on a machine that does other things as well.
          testTimeout: 30_000,
          include: ['test/{store,edge,service,http,api,console,oauth,gateway,rpc,model}/**/*.test.ts'],
          // Each file would otherwise start a Worker of its own, for seconds before its first test.
          isolate: false,
          provide: {
            anyRequestRuns: Number(process.env['ANY_REQUEST_RUNS'] ?? 30),
            model: {
              schedules: Number(process.env['MODEL_SCHEDULES'] ?? 400),
              seed: Number(process.env['MODEL_SEED'] ?? 20_261_121),
            },
          },
          setupFiles: ['./test/support/fresh-worker.ts'],
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          environment: 'node',
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['./test/support/console-server.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
