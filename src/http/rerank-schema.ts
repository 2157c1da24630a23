// The schema of requests that set the rerank controls of a context, the same for every surface.
import { z } from '@hono/zod-openapi'
import { CONTEXT_ID_PATTERN, MAX_RERANK_DEPTH, RERANK_MODES, SURFACES } from '../core/rerank.ts'

const setting = {
  rerank_mode: z.enum(RERANK_MODES).describe('How strongly results are reranked.'),
  rerank_depth: z
    .int()
    .min(0)
    .max(MAX_RERANK_DEPTH)
    .describe('How many results are reranked: 0 to 1000. The operator may cap it.'),
}

const presetFor = (surface: string) =>
  z.strictObject(setting).optional().describe(`For requests on the surface \`${surface}\`.`)

export const rerankControlsSchema = z
  .strictObject({
    global_default: z
      .strictObject({ surface: z.enum(SURFACES).describe('The surface of requests that name none.'), ...setting })
      .describe('For every surface without a preset.'),
    surface_presets: z
      .strictObject({
        search: presetFor('search'),
        results: presetFor('results'),
        recommendations: presetFor('recommendations'),
      })
      .optional()
      .openapi({ description: 'A surface without a preset inherits the global default.' }),
  })
  .openapi('RerankControls')
  .describe('What the front door asks of reranking, for one context.')

export const contextIdField = z
  .string()
  .regex(CONTEXT_ID_PATTERN, 'must begin with a letter or digit and hold at most 128 of A-Z a-z 0-9 . _ : -')
  .openapi({ example: 'homepage' })
  .describe(
    'The id of the context, which you choose: at most 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit.',
  )
