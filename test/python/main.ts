// `npm run test:python`: models go from Python's libraries to us and from us to them. Python publishes a model, we import it, export
// it and two of our own, and Python (JAX, safetensors, tokenizers) loads these and compares logits and tokens with ours.
// With --transformers the real LlamaForCausalLM does so too. Needs Python and, the first time, the network; see environment.ts.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from './environment.ts'
import { exchange } from './models.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const home = fileURLToPath(new URL('../../.tessera', import.meta.url))
const options = process.argv.slice(2)
const unknown = options.find((option) => option !== '--transformers')
if (unknown !== undefined) {
  console.error(`test:python has the option --transformers only, not ${unknown}`)
  process.exit(2)
}
const withTransformers = options.length > 0
const requirements = ['requirements.txt', ...(withTransformers ? ['requirements-transformers.txt'] : [])]

const started = performance.now()
mkdirSync(home, { recursive: true })
const work = mkdtempSync(join(home, 'interop-'))
let failure: unknown
try {
  const folder = join(home, withTransformers ? 'python-transformers' : 'python')
  const python = pythonEnvironment(
    folder,
    requirements.map((name) => join(here, name)),
  )
  const [published, exported] = [join(work, 'published'), join(work, 'exported')]
  python.run([join(here, 'publish.py'), published])
  await exchange(published, exported)
  python.run([join(here, 'verify.py'), exported, ...options])
} catch (error) {
  failure = error
} finally {
  rmSync(work, { recursive: true, force: true })
}
const seconds = ((performance.now() - started) / 1000).toFixed(1)
if (failure !== undefined) console.error(failure instanceof Error ? failure.message : failure)
console.log(`\npython interop: ${failure === undefined ? 'passed' : 'FAILED'} (${seconds} s)`)
process.exitCode = failure === undefined ? 0 : 1
