// @testonly A chain in memory that tells the story of a simulated run, an event a block, with pools of stake behind its operators.

import type { Chain } from '@tessera/chain/clients'
import { logOf } from '@tessera/chain/events.fixture'
import { FakeChain, type FakeLog } from '@tessera/chain/fakeChain.fixture'
import { EVENT_NAMES, type RunEvent } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import { addressOf, COORDINATOR, ETHER, NATIVE } from '@tessera/protocol/simulatedRun.fixture'
import { getAddress } from 'viem'

export class StoryChain {
  readonly fake = new FakeChain()
  readonly chain: Chain

  constructor() {
    const { client, deployment } = this.fake
    const ours = { runCoordinator: getAddress(COORDINATOR), token: getAddress(NATIVE) }
    this.chain = { client, deployment: { ...deployment, ...ours } }
  }

  /** Mines the events, each in a block of its own. */
  tell(events: readonly RunEvent[]): void {
    for (const event of events) this.fake.mine([this.log(contractOf(event), event.name, event)])
  }

  log(contract: Parameters<typeof logOf>[1], name: string, args: object): FakeLog {
    return logOf(this.chain.deployment, contract, name, { ...args })
  }

  vault(name: string, args: object): void {
    this.fake.mine([this.log('stakeVault', name, args)])
  }

  /** Ann's pool: three quarters her own, a quarter zoe's; a tenth is her commission. */
  stakeWithAnn(): void {
    const operator = addressOf('ann')
    const deposit = (holder: Hex, amount: bigint): void =>
      this.vault('Deposited', { operator, holder, amount, shares: amount })
    deposit(operator, 75n * ETHER)
    deposit(addressOf('zoe'), 25n * ETHER)
    this.vault('CommissionSet', { operator, bps: 1000n, from: 1_001n })
  }
}

function contractOf({ name }: RunEvent): Parameters<typeof logOf>[1] {
  const within = (names: readonly string[]): boolean => names.includes(name)
  if (within(EVENT_NAMES.stakeVault)) return 'stakeVault'
  return within(EVENT_NAMES.rewardEscrow) ? 'rewardEscrow' : 'runCoordinator'
}
