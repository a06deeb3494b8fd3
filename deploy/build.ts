// Compiles the contracts through Hardhat, in this process. Nothing is compiled again when no source changed (about a second).

import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Brings artifacts/ up to date with contracts/, without the Solidity tests. */
export async function buildContracts(options: { readonly log: (line: string) => void }): Promise<void> {
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre')
  const { default: config } = await import('../hardhat.config.ts')
  options.log('Compiling the contracts')
  const hre = await createHardhatRuntimeEnvironment(config, {}, root)
  await hre.tasks.getTask('build').run({ noTests: true, quiet: true })
}
