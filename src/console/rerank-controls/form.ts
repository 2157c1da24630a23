// Rerank controls as the fields of a form. A surface inherits the default until a mode is chosen for it.
import { type RerankControls, type RerankSetting, SURFACES } from '../../core/rerank.ts'
import type { Form, FormValues } from '../form.ts'

/** The mode that stands for no preset. */
export const INHERIT = 'inherit'

const DEFAULTS: RerankControls = {
  global_default: { surface: 'recommendations', rerank_mode: 'balanced', rerank_depth: 50 },
}

export function controlsToFields(controls: RerankControls = DEFAULTS): FormValues {
  const { surface, ...setting } = controls.global_default
  const fields = { 'global_default.surface': surface, ...settingToFields('global_default', setting) }
  const presets = SURFACES.map((name) => {
    const preset = controls.surface_presets?.[name]
    const path = `surface_presets.${name}`
    return preset
      ? settingToFields(path, preset)
      : { [`${path}.rerank_mode`]: INHERIT, [`${path}.rerank_depth`]: String(setting.rerank_depth) }
  })
  return Object.assign(fields, ...presets)
}

const settingToFields = (path: string, { rerank_mode, rerank_depth }: RerankSetting): Record<string, string> => ({
  [`${path}.rerank_mode`]: rerank_mode,
  [`${path}.rerank_depth`]: String(rerank_depth),
})

/** The controls in the form of the API's bodies, for their schema to check. */
export function readControls(form: Form) {
  const presets = SURFACES.filter((name) => form.text(`surface_presets.${name}.rerank_mode`) !== INHERIT)
  return {
    global_default: { surface: form.text('global_default.surface'), ...readSetting(form, 'global_default') },
    ...(presets.length === 0
      ? {}
      : {
          surface_presets: Object.fromEntries(
            presets.map((name) => [name, readSetting(form, `surface_presets.${name}`)]),
          ),
        }),
  }
}

function readSetting(form: Form, path: string) {
  return { rerank_mode: form.text(`${path}.rerank_mode`), rerank_depth: form.number(`${path}.rerank_depth`) }
}
