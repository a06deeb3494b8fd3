// `npm run test:webgpu`: the programs on WebGPU against the CPU, on a Vulkan that computes in software, so that any machine can do it.
// Fetches that Vulkan first: SwiftShader and its loader, which an npm package carries for Chromium, into a folder of their own.
// Slow by nature: it says that the numbers agree, and nothing of speed.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

const PACKAGE = '@sparticuz/chromium'
const VERSION = '147.0.0'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, '.tessera', 'swiftshader')
const driver = join(folder, VERSION)

if (!existsSync(join(driver, 'vk_swiftshader_icd.json'))) install()
const tests = fileURLToPath(new URL('parity.ts', import.meta.url))
const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', '--test-timeout=900000', tests], {
  stdio: 'inherit',
  cwd: root,
  env: {
    ...process.env,
    LD_LIBRARY_PATH: driver,
    VK_ICD_FILENAMES: join(driver, 'vk_swiftshader_icd.json'),
    // The loader wants the variable, and puts nothing there.
    XDG_RUNTIME_DIR: driver,
  },
})
process.exit(status ?? 1)

function install(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    fail(`SwiftShader comes for Linux on x64, this is ${process.platform} on ${process.arch}`)
  console.log(`fetching SwiftShader from ${PACKAGE} ${VERSION} into ${folder}`)
  mkdirSync(folder, { recursive: true })
  const target = `${PACKAGE}@${VERSION}`
  const options = ['--no-save', '--ignore-scripts', '--no-package-lock', '--omit=peer', '--loglevel=error']
  run('npm', ['install', '--prefix', folder, ...options, target])
  const archive = join(folder, 'node_modules', PACKAGE, 'bin', 'swiftshader.tar.br')
  const tar = join(folder, 'swiftshader.tar')
  writeFileSync(tar, brotliDecompressSync(readFileSync(archive)))
  rmSync(driver, { recursive: true, force: true })
  mkdirSync(driver, { recursive: true })
  run('tar', ['-xf', tar, '-C', driver])
  // The browser itself, and it is large.
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
  rmSync(tar)
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) fail(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`)
}

function fail(message: string): never {
  console.error(`webgpu/setup: ${message}`)
  process.exit(1)
}
