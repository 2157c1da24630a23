// Rerank controls as a form has them: a surface inherits until a mode of its own is chosen.
import { type RerankControls, type RerankSetting, SURFACES } from '../../core/rerank.ts'
import { createForm, type Form } from '../form.ts'

/** The choice of a surface that has no preset. */
export const INHERIT = 'inherit'

const DEFAULTS: RerankControls = {
  global_default: { surface: 'recommendations', rerank_mode: 'balanced', rerank_depth: 50 },
}

/** The form that stands as the controls say; without any, as a new context begins. */
export function formOf(controls: RerankControls = DEFAULTS): Form {
  const { surface, ...setting } = controls.global_default
  const fields = { 'global_default.surface': surface, ...settingFields('global_default', setting) }
  const presets = SURFACES.map((name) => {
    const preset = controls.surface_presets?.[name]
    const path = `surface_presets.${name}`
    return preset
      ? settingFields(path, preset)
      : { [`${path}.rerank_mode`]: INHERIT, [`${path}.rerank_depth`]: String(setting.rerank_depth) }
  })
  return createForm(Object.assign(fields, ...presets))
}

const settingFields = (path: string, { rerank_mode, rerank_depth }: RerankSetting): Record<string, string> => ({
  [`${path}.rerank_mode`]: rerank_mode,
  [`${path}.rerank_depth`]: String(rerank_depth),
})

/** What the form says, for the schema that the API has too. */
export function controlsIn(form: Form) {
  const presets = SURFACES.filter((name) => form.text(`surface_presets.${name}.rerank_mode`) !== INHERIT)
  return {
    global_default: { surface: form.text('global_default.surface'), ...settingIn(form, 'global_default') },
    ...(presets.length === 0
      ? {}
      : {
          surface_presets: Object.fromEntries(
            presets.map((name) => [name, settingIn(form, `surface_presets.${name}`)]),
          ),
        }),
  }
}

function settingIn(form: Form, path: string) {
  const depth = form.text(`${path}.rerank_depth`)
  return { rerank_mode: form.text(`${path}.rerank_mode`), rerank_depth: depth === '' ? undefined : Number(depth) }
}
