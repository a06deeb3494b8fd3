// An account with ether and tokens, for a visitor's wallet, and what the contracts say of it.

import { systemClock } from '@tessera/agent/clock'
import { accountOf } from '@tessera/chain/account'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { transfer } from '@tessera/chain/actions/transfer'
import { request } from '@tessera/chain/rpc'
import { TransactionSender } from '@tessera/chain/send'
import { DEVNET_HOLDER_KEY } from '@tessera/deploy/devnet/holder'
import type { Hex } from '@tessera/protocol/hex'
import type { World } from '../../e2e/harness/world.ts'

export const TOKEN = 10n ** 18n
const POLL_MS = 100
const ETHER = 100n * TOKEN

/** Sends with a key of the test's own; nothing else may send with it meanwhile. */
export function senderOf({ network }: World, key: Hex): TransactionSender {
  return new TransactionSender({ chain: network.chain, account: accountOf(key), clock: systemClock, pollMs: POLL_MS })
}

export async function fund(world: World, key: Hex, tokens: bigint): Promise<Hex> {
  const { chain } = world.network
  const { address } = accountOf(key)
  await request(chain.client, 'anvil_setBalance', [address, `0x${ETHER.toString(16)}`])
  if ((await getTokenBalance(chain, { account: address })) < tokens)
    await senderOf(world, DEVNET_HOLDER_KEY).send(transfer(chain.deployment, { to: address, amount: tokens }))
  return address
}
