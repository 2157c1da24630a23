// What is recommended, and in which order. The scores run against the catalogue's order, so that a change is seen.

export const RERANK_MODES = ['off', 'balanced', 'aggressive'] as const
type RerankMode = (typeof RERANK_MODES)[number]
export type Product = { id: string; title: string; score: number }

export const CATALOGUE: readonly Product[] = [
  { id: 'lamp', title: 'Desk lamp', score: 0.41 },
  { id: 'chair', title: 'Reading chair', score: 0.18 },
  { id: 'rug', title: 'Wool rug', score: 0.77 },
  { id: 'shelf', title: 'Oak shelf', score: 0.35 },
  { id: 'clock', title: 'Wall clock', score: 0.92 },
  { id: 'vase', title: 'Glass vase', score: 0.64 },
  { id: 'desk', title: 'Standing desk', score: 0.58 },
  { id: 'sofa', title: 'Corner sofa', score: 0.99 },
]

export function isRerankMode(text: string): text is RerankMode {
  return RERANK_MODES.some((mode) => mode === text)
}

/** The products with the first `depth` of them in the order of the mode; the others keep their places. */
export function rerank(products: readonly Product[], mode: RerankMode, depth: number): Product[] {
  return [...ORDER[mode](products.slice(0, depth)), ...products.slice(depth)]
}

const byScore = (products: readonly Product[]) => products.toSorted((a, b) => b.score - a.score)

const ORDER: Record<RerankMode, (products: readonly Product[]) => readonly Product[]> = {
  off: (products) => products,
  balanced: (products) => [...new Set(byScore(products).flatMap((best, i) => [best, ...products.slice(i, i + 1)]))],
  aggressive: byScore,
}
