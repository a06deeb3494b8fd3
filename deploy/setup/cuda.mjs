// `npm run setup:cuda`: fetches the CUDA part of onnxruntime-node, which is too large for the npm registry and comes from NuGet, and
// tries it. By its own choice only, since the download would fail the whole installation where NuGet cannot be reached.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

if (process.platform !== 'linux' || process.arch !== 'x64')
  fail(
    'setup/no-cuda',
    `the CUDA part is for Linux on x64, this is ${process.platform} on ${process.arch}; use --device webgpu`,
  )
const runtime = dirname(
  createRequire(join(root, 'client', 'training', 'x.js')).resolve('onnxruntime-node/package.json'),
)
const install = join(runtime, 'script', 'install.js')
// .npmrc says `skip`, which npm hands down in the environment. `true` means all there is for this platform; naming it is ignored.
const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'true' }
const fetched = spawnSync(process.execPath, [install], { stdio: 'inherit', env })
if (fetched.status !== 0)
  fail(
    'setup/download-failed',
    'the CUDA part did not arrive; its own message stands above. NuGet (api.nuget.org) must be reachable',
  )
const probe = join(root, 'client', 'training', 'deviceProbe.ts')
const tried = spawnSync(process.execPath, [probe, 'cuda'], { encoding: 'utf8' })
const answer = tried.stdout.trim().split('\n').at(-1) ?? ''
if (!answer.includes('"flops"'))
  fail(
    'setup/cuda-does-not-work',
    `the CUDA part is there but does not work: ${answer || tried.stderr.trim()}\nIt needs an NVIDIA driver, CUDA 12 and cuDNN 9`,
  )
console.log(`CUDA works: ${answer}. Start nodes with --device cuda, or auto.`)

/** @type {(code: string, message: string) => never} */
function fail(code, message) {
  console.error(`${code}: ${message}`)
  process.exit(1)
}
