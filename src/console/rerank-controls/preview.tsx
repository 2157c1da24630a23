// What requests get for rerank controls, surface by surface, under the policy of the operator of this Worker.
import { type RerankControls, type RerankPolicy, reachOf, resolveRerank, SURFACES } from '../../core/rerank.ts'

type PreviewProps = { controls: RerankControls; policy: RerankPolicy; environmentId: string }

export const Preview = ({ controls, policy, environmentId }: PreviewProps) => {
  const reach = reachOf(policy, environmentId)
  // For keys that the stage lets in, only the cap on depths is left of the policy, as at the stage "general".
  const shown: RerankPolicy = reach === 'none' ? policy : { ...policy, stage: 'general' }
  const resolved = [null, ...SURFACES].map((surface) => ({
    surface,
    isOwn: surface !== null && controls.surface_presets?.[surface] !== undefined,
    ...resolveRerank(controls, surface, shown, { environmentId, keyId: '' }),
  }))
  return (
    <section aria-labelledby="preview">
      <h2 class="title is-5" id="preview">
        What a request gets
      </h2>
      <PolicyNote policy={policy} reach={reach} />
      <div class="table-frame">
        <table class="table is-fullwidth stacks" data-preview>
          <thead>
            <tr>
              <th scope="col">Surface</th>
              <th scope="col">Mode</th>
              <th scope="col">Depth</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {resolved.map(({ surface, isOwn, rerank_mode, rerank_depth }) => (
              <tr>
                <td data-label="Surface">{surface ?? `no surface (${controls.global_default.surface})`}</td>
                <td data-label="Mode">
                  <code>{rerank_mode}</code>
                </td>
                <td data-label="Depth">{rerank_depth}</td>
                <td data-label="From">{isOwn || hasOwn(controls, surface) ? 'its own preset' : 'the default'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** A request that names no surface counts as one for the default surface, and gets the preset of that. */
const hasOwn = ({ global_default, surface_presets }: RerankControls, surface: string | null) =>
  surface === null && surface_presets?.[global_default.surface] !== undefined

/** What the policy of the operator means for this environment, in a sentence. */
export const PolicyNote = ({ policy, reach }: { policy: RerankPolicy; reach: ReturnType<typeof reachOf> }) => (
  <p class={`help policy${reach === 'none' ? ' is-warning-text' : ''}`}>
    {describeReach(policy, reach)} Depths are capped at {policy.maxDepth}.
  </p>
)

function describeReach({ stage, killSwitch, canaryPercent }: RerankPolicy, reach: ReturnType<typeof reachOf>): string {
  if (killSwitch) return 'The kill switch is on: every request gets the mode “off”, whatever you set here.'
  if (reach === 'none')
    return `Reranking is at the stage “${stage}”, which does not include this environment: every request gets the mode “off”.`
  if (reach === 'some')
    return `Reranking is at the stage “canary”: ${canaryPercent} % of keys get what you set here, the others get the mode “off”.`
  return `Reranking is at the stage “${stage}”: every key of this environment gets what you set here.`
}
