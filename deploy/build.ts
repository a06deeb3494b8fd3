// Hardhat in this process: compiles the contracts, and gives the runtime that deploys them. Loading it takes half a second
// and 200 MB, so long-lived programs have it in a child process (hardhatChild.ts).

import { fileURLToPath } from 'node:url'
import type { HardhatUserConfig } from 'hardhat/config'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The project's Hardhat, with parts of its configuration replaced. */
export async function openHardhat(replaced: Partial<HardhatUserConfig> = {}): Promise<HardhatRuntimeEnvironment> {
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre')
  const { default: config } = await import('../hardhat.config.ts')
  const merged = { ...config, ...replaced, paths: { ...config.paths, ...replaced.paths } }
  return createHardhatRuntimeEnvironment(merged, {}, root)
}

/** Brings artifacts/ up to date with contracts/, without the Solidity tests. Nothing is compiled when no source changed. */
export async function buildContracts(hardhat: HardhatRuntimeEnvironment): Promise<void> {
  await hardhat.tasks.getTask('build').run({ noTests: true, quiet: true })
}
