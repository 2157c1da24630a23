// The schema of requests that set the rerank controls of a context, the same for every surface.
import { z } from '@hono/zod-openapi'
import { CONTEXT_ID_PATTERN, MAX_RERANK_DEPTH, RERANK_MODES, SURFACES } from '../core/rerank.ts'

const setting = {
  rerank_mode: z.enum(RERANK_MODES),
  rerank_depth: z.int().min(0).max(MAX_RERANK_DEPTH),
}

const preset = z.strictObject(setting).optional()

export const rerankControlsSchema = z
  .strictObject({
    global_default: z.strictObject({ surface: z.enum(SURFACES), ...setting }),
    surface_presets: z
      .strictObject({ search: preset, results: preset, recommendations: preset })
      .optional()
      .openapi({ description: 'A surface without a preset inherits the global default.' }),
  })
  .openapi('RerankControls')

export const contextIdField = z
  .string()
  .regex(CONTEXT_ID_PATTERN, 'must begin with a letter or digit and hold at most 128 of A-Z a-z 0-9 . _ : -')
  .openapi({ example: 'homepage' })
