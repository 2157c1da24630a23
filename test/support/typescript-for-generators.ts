// Loaded with `--import` into the generators of clients. They need the JavaScript API of the TypeScript compiler, which
// version 7, our own, no longer has; the copy in @ts-morph/common does, and unlike the package brings no second `tsc`.
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'typescript'
      ? next('@ts-morph/common/dist/typescript.js', { ...context, parentURL: import.meta.url })
      : next(specifier, context),
})
