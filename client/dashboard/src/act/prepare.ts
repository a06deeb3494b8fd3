// From a plan to what is shown and signed: tried on the chain's present state, with gas and fees, read back out of its own bytes, and
// then never changed: the object that is shown is the one that the wallet gets.

import type { Chain } from '@tessera/chain/clients'
import { checkEther } from '@tessera/chain/plans/checkEther'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { rehearse } from '@tessera/chain/rehearse'
import type { Hex } from '@tessera/protocol/hex'
import { numberToHex } from 'viem'
import type { Planner } from './action.ts'
import { type DecodedRequest, decodeRequest } from './decodeRequest.ts'

/** As `eth_sendTransaction` takes it. */
export interface WalletTransaction {
  readonly from: Hex
  readonly to: Hex
  readonly data: Hex
  readonly value: Hex
  readonly gas: Hex
  readonly maxFeePerGas: Hex
  readonly maxPriorityFeePerGas: Hex
  readonly chainId: Hex
}

export interface PreparedStep {
  readonly call: string
  readonly transaction: WalletTransaction
  readonly decoded: DecodedRequest
  /** False where the server lacks the means to try it on what the step before leaves. */
  readonly tried: boolean
}

export interface Prepared {
  readonly plan: Plan
  readonly from: Hex
  readonly steps: readonly PreparedStep[]
  /** Wei, of all steps. */
  readonly likelyCost: bigint
  readonly maxCost: bigint
}

const GWEI = 10n ** 9n

/** Errors: those of the plan, `chain/revert` for what the contracts would refuse, `chain/insufficient-funds`. */
export async function prepare(desk: Desk, planner: Planner, signal: AbortSignal): Promise<Prepared> {
  const { chain, account } = desk
  const plan = await planner(desk, { signal })
  const from = account.address
  const rehearsal = await rehearse(chain, { from, requests: plan.requests }, signal)
  await checkEther(desk, rehearsal, signal)
  const { requests, tried, maxFeePerGas, maxCost, likelyCost } = rehearsal
  const steps = requests.map((request, at): PreparedStep => {
    const transaction = Object.freeze({
      from,
      to: request.to,
      data: request.data,
      value: numberToHex(request.value ?? 0n),
      gas: numberToHex(request.gas),
      maxFeePerGas: numberToHex(maxFeePerGas),
      maxPriorityFeePerGas: numberToHex(maxFeePerGas < GWEI ? maxFeePerGas : GWEI),
      chainId: numberToHex(chain.deployment.chainId),
    })
    return { call: request.name, transaction, decoded: decodedOf(chain, transaction, request.name), tried: at < tried }
  })
  return { plan, from, steps, likelyCost, maxCost }
}

function decodedOf(chain: Chain, { to, data }: WalletTransaction, name: string): DecodedRequest {
  return decodeRequest(chain.deployment, { name, to, data, spareGas: 0n })
}
