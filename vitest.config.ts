import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Half of what the tests do is waiting for servers and stores, so none of the cores is kept back for vitest itself. */
const WORKERS = '100%'
/** Servers and browsers in processes of their own: beside each other, but not beside two engines that keep both cores busy. */
const AFTER_THE_OTHERS = { groupOrder: 1 }

/** The long files begin first, lest everything wait for one of them; and files that share a Worker follow each other. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification) =>
      LONG.some((name) => moduleId.includes(name)) ? 0 : project.name === 'worker' ? 1 : 2
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}
/** A Worker starts no processes. */
const RUNS_SHELLS = 'test/console/command-text.test.ts'
const LONG = ['test/model/', 'test/browser/every-page', 'test/system/oauth-clients']

/** Where the core and the published client run in Node, where the real engines run, and where a user's commands run. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/{core,client,http}/**/*.test.ts', RUNS_SHELLS],
          environment: 'node',
          maxWorkers: WORKERS,
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
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: ['test/{store,edge,service,api,console,oauth,front-door,rpc,model}/**/*.test.ts'],
          exclude: [RUNS_SHELLS],
          // Each file would otherwise start a Worker of its own, for seconds before its first test.
          isolate: false,
          maxWorkers: WORKERS,
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
          globalSetup: ['./test/support/system-server.ts'],
          maxWorkers: WORKERS,
          sequence: AFTER_THE_OTHERS,
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
          maxWorkers: WORKERS,
          sequence: AFTER_THE_OTHERS,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
