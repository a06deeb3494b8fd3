// A transaction that is to be sent, before it has a sender, a nonce or fees: what the write actions build and the sender takes.

import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
  type Hex,
} from 'viem'

export interface TransactionRequest {
  /** The function that is called, for errors and logs. */
  readonly name: string
  readonly to: Address
  readonly data: Hex
  /**
   * Gas on top of what the estimate says, since the state may move between the estimate and the block: the same call costs
   * more when it becomes the one that ends a phase.
   */
  readonly spareGas: bigint
  /** The gas limit, when it was found already and somebody has agreed to its cost. */
  readonly gas?: bigint
  /** Wei. */
  readonly value?: bigint
}

/**
 * Spare gas of calls whose cost does not depend on who else acts: joins that find another slot, sums that become zero.
 * Two fresh storage slots (2 x 22 100) and a margin.
 */
const SPARE_GAS = 60_000n

/**
 * Spare gas of calls that may end a phase: the last vote of an epoch also records the round, closes the epoch, escrows the next
 * one's pot and opens its first round. Measured: 353 000 more than the estimate, when all of it is written for the first time.
 * The calls of test/integration/chain.test.ts that vote in one block fail if this is too little.
 */
export const SPARE_GAS_OF_PHASE_END = 800_000n

/** EIP-7825: no transaction may ask for more. */
const GAS_LIMIT = 2n ** 24n

/** The gas limit for a request that was estimated to use so much. */
export function gasLimitOf(request: TransactionRequest, estimate: bigint): bigint {
  const wanted = (estimate * 5n) / 4n + request.spareGas
  return wanted > GAS_LIMIT ? GAS_LIMIT : wanted
}

type Writer = 'nonpayable'

/** Encodes a call of a contract. */
export function contractRequest<
  const abi extends Abi,
  name extends ContractFunctionName<abi, Writer>,
  const args extends ContractFunctionArgs<abi, Writer, name>,
>(call: { to: Address; abi: abi; functionName: name; args: args; spareGas?: bigint }): TransactionRequest {
  const { to, abi, functionName, args, spareGas = SPARE_GAS } = call
  const data = encodeFunctionData({ abi, functionName, args } as unknown as EncodeFunctionDataParameters)
  return { name: functionName, to, data, spareGas }
}
