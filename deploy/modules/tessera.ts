// The contracts and how they are wired, all in constructors: there is nothing to set afterwards, and nobody who could.

import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'

/** Nobody can have a round undone or a member punished. */
const NO_COURT = `0x${'00'.repeat(20)}`

export default buildModule('Tessera', (m) => {
  const genesis = m.contract('Genesis', [
    {
      holder: m.getParameter('tokenHolder'),
      genesis: m.getParameter('tokenSupplyWei'),
      cap: m.getParameter('tokenCapWei'),
    },
    {
      sink: m.getParameter('slashSink'),
      unbondingSeconds: m.getParameter('unbondingSeconds'),
      commissionDelay: m.getParameter('commissionDelaySeconds'),
      bountyCapBps: m.getParameter('bountyCapBps'),
    },
    {
      start: m.getParameter('emissionDelaySeconds'),
      periodSeconds: m.getParameter('emissionPeriodSeconds'),
      periodsPerHalving: m.getParameter('emissionPeriodsPerHalving'),
      initial: m.getParameter('emissionInitialWei'),
      quorumBps: m.getParameter('emissionQuorumBps'),
      minVoteBps: m.getParameter('emissionMinVoteBps'),
    },
  ])
  const made = (contract: string, getter: string) => m.contractAt(contract, m.staticCall(genesis, getter))
  const token = made('Token', 'TOKEN')
  const stakeVault = made('StakeVault', 'STAKE_VAULT')
  const rewardEscrow = made('RewardEscrow', 'REWARD_ESCROW')
  const emission = made('Emission', 'EMISSION')
  const beacon = m.contract('RandaoBeacon')
  // Linked, since the coordinator with them inside would be over the limit of 24 576 bytes.
  const libraries = {
    EpochLib: m.library('EpochLib'),
    MemberLib: m.library('MemberLib'),
    PunishLib: m.library('PunishLib'),
    RoundLib: m.library('RoundLib'),
    RunParamsLib: m.library('RunParamsLib'),
    SettlementLib: m.library('SettlementLib'),
    ViewLib: m.library('ViewLib'),
  }
  const wires = [stakeVault, rewardEscrow, beacon, NO_COURT, m.getParameter('runDepositWei')]
  const runCoordinator = m.contract('RunCoordinator', wires, { libraries })
  return { token, stakeVault, rewardEscrow, emission, beacon, runCoordinator }
})
