// Where the anvil binary of this platform is. The npm package's own command is a wrapper around a child process, so a signal
// to it does not reach the server: the binary is started itself.

import { createRequire } from 'node:module'
import { TesseraError } from '@tessera/protocol/errors'

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** @throws `devnet/anvil-missing` */
export function anvilBinary(platform: string = process.platform, arch: string = process.arch): string {
  const file = platform === 'win32' ? 'anvil.exe' : 'anvil'
  const name = `@foundry-rs/anvil-${platform}-${ARCHITECTURES[arch] ?? arch}`
  try {
    // It is a dependency of the wrapper, so it is looked for from there.
    const wrapper = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
    return createRequire(wrapper).resolve(`${name}/bin/${file}`)
  } catch (cause) {
    throw new TesseraError('devnet/anvil-missing', `the package ${name} is not installed`, {
      hint: 'Run `npm ci`; anvil comes for Linux and macOS (x64, arm64) and for Windows (x64)',
      context: { platform, arch },
      cause,
    })
  }
}
