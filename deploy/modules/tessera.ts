// The contracts and how they are wired, all in constructors: there is nothing to set afterwards, and nobody who could.

import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'

const NOBODY = '0x0000000000000000000000000000000000000000'

export default buildModule('Tessera', (m) => {
  const supply = m.getParameter('tokenSupplyWei')
  // The whole supply exists from the first block, and no minter.
  const token = m.contract('Token', [NOBODY, m.getParameter('tokenHolder'), supply, supply])
  const stakeVault = m.contract('StakeVault', [
    token,
    m.getParameter('slashSink'),
    m.getParameter('unbondingSeconds'),
    m.getParameter('commissionDelaySeconds'),
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
