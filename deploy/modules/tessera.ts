// The contracts and how they are wired, all in constructors: there is nothing to set afterwards, and nobody who could.

import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'

export default buildModule('Tessera', (m) => {
  const token = m.contract('Token', [m.getParameter('tokenHolder'), m.getParameter('tokenSupplyWei')])
  const stakeVault = m.contract('StakeVault', [
    token,
    m.getParameter('slashSink'),
    m.getParameter('unbondingSeconds'),
    m.getParameter('bountyCapBps'),
  ])
  const rewardVault = m.contract('RewardVault', [token, stakeVault])
  const beacon = m.contract('RandaoBeacon')
  // Linked, since the coordinator with it inside would be over the limit of 24 576 bytes.
  const settlement = m.library('SettlementLib')
  const runCoordinator = m.contract('RunCoordinator', [stakeVault, rewardVault, beacon], {
    libraries: { SettlementLib: settlement },
  })
  return { token, stakeVault, rewardVault, beacon, runCoordinator }
})
