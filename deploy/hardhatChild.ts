// A process of its own in which Hardhat compiles and deploys: takes one job from its parent, answers with what came of it,
// ends. Deploying is Ignition's; whether the result is right is verify.ts's.

import type { Hex } from '@tessera/protocol/hex'
import { buildContracts, openHardhat } from './build.ts'
import type { Addresses, Answer, DeployJob, Job } from './hardhatJob.ts'
import tessera from './modules/tessera.ts'

const send = process.send?.bind(process)
if (send === undefined) throw new TypeError('this file is forked by hardhatJob.ts')

process.once('message', (job: Job) => {
  void answer(job).then((result) => send(result, undefined, {}, () => process.disconnect?.()))
})

async function answer(job: Job): Promise<Answer> {
  try {
    return { addresses: job.kind === 'deploy' ? await deploy(job) : await build() }
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}

async function build(): Promise<undefined> {
  await buildContracts(await openHardhat())
  return undefined
}

async function deploy(job: DeployJob): Promise<Addresses> {
  const hardhat = await openHardhat({
    // Ignition keeps its journal under this folder.
    paths: { ignition: job.folder },
    networks: { target: { type: 'http', chainType: 'l1', url: job.rpcUrl, accounts: [job.deployerKey] } },
  })
  await buildContracts(hardhat)
  const connection = await hardhat.network.create('target')
  try {
    const deployed = await connection.ignition.deploy(tessera, {
      deploymentId: job.deploymentId,
      parameters: { Tessera: job.parameters },
      config: { requiredConfirmations: job.confirmationBlocks, blockPollingInterval: job.pollMs },
    })
    const address = (contract: { readonly address: Hex }): Hex => contract.address
    return {
      token: address(deployed.token),
      stakeVault: address(deployed.stakeVault),
      rewardEscrow: address(deployed.rewardEscrow),
      emission: address(deployed.emission),
      beacon: address(deployed.beacon),
      runCoordinator: address(deployed.runCoordinator),
    }
  } finally {
    await connection.close()
  }
}
