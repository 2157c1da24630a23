// Prepares the static assets that come out of packages: the script of the API reference, and the style sheet of the
// console, which is the part of Bulma that the console uses followed by our own styles. Run by wrangler's build step.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PurgeCSS } from 'purgecss'

const root = join(import.meta.dirname, '..')
const packages = join(root, 'node_modules')
const vendor = join(root, 'public', 'vendor')
const ownFolder = join(root, 'public', 'console', 'css')

/** The files of public/console/css in the order in which they are served: of two equal selectors the later one wins. */
const OWN_STYLES = [
  'theme',
  'base',
  'frame',
  'sidebar',
  'tabs',
  'buttons',
  'fields',
  'notifications',
  'tags',
  'panels',
  'tables',
  'commands',
  'shown-once',
  'dialog',
  'rows',
  'tester',
  'audit-log',
  'pages',
]

mkdirSync(vendor, { recursive: true })
copyFileSync(join(packages, 'swagger-ui-dist/swagger-ui-bundle.js'), join(vendor, 'api-reference.js'))
copyFileSync(join(packages, 'swagger-ui-dist/swagger-ui.css'), join(vendor, 'api-reference.css'))
writeFileSync(join(vendor, 'console.css'), await buildStyleSheet())

async function buildStyleSheet(): Promise<string> {
  const bulma = readFileSync(join(packages, 'bulma/css/versions/bulma-no-helpers.min.css'), 'utf8')
  const forgotten = readdirSync(ownFolder).filter((file) => !OWN_STYLES.includes(file.replace(/\.css$/, '')))
  if (forgotten.length > 0) throw new Error(`OWN_STYLES does not say where these go: ${forgotten.join(', ')}`)
  const own = OWN_STYLES.map((name) => readFileSync(join(ownFolder, `${name}.css`), 'utf8')).join('\n')
  return `${await keepUsedRules(bulma, own)}\n${own}`
}

/**
 * The rules of Bulma for classes and elements that the console's pages or scripts name, with the variables that those
 * rules or our own styles read. Our own styles are left whole: some of their classes are put together at run time.
 */
async function keepUsedRules(bulma: string, own: string): Promise<string> {
  const [used] = await new PurgeCSS().purge({
    content: [join(root, 'src/{console,pages}/**/*.tsx'), join(root, 'public/console/*.js')],
    css: [{ raw: bulma }, { raw: own }],
    variables: true,
    keyframes: true,
  })
  if (used === undefined) throw new Error('purgecss gave no style sheet')
  return used.css
}
