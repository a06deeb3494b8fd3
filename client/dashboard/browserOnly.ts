// Has the build fail when something of Node would end up in it: Vite would put an empty module in its place, which fails when a visitor
// comes to it.

import { isBuiltin } from 'node:module'

/** What of a Vite plugin is used. */
interface BuildPlugin {
  readonly name: string
  readonly enforce: 'pre'
  resolveId(source: string, importer: string | undefined): null
}

/** Packages that ask for built-ins behind a check of where they run, and do without in a browser. */
const GUARDED = ['/onnxruntime-web/']

export function browserOnly(): BuildPlugin {
  return {
    name: 'tessera-browser-only',
    enforce: 'pre',
    resolveId(source, importer = 'the page') {
      if (isBuiltin(source) && !GUARDED.some((name) => importer.includes(name)))
        throw new Error(`${importer} imports ${source}, which a browser does not have`)
      return null
    },
  }
}
