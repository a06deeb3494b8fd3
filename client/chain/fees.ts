// Fees of a transaction (EIP-1559), pure. All amounts are wei per gas.

export interface Fees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/**
 * Fees that stay enough while the base fee rises for five full blocks: it grows by at most 1/8 a block, and (9/8)^5 < 2.
 */
export function freshFees(baseFeePerGas: bigint, priorityFeePerGas: bigint): Fees {
  return { maxFeePerGas: 2n * baseFeePerGas + priorityFeePerGas, maxPriorityFeePerGas: priorityFeePerGas }
}

/**
 * Fees with which a transaction replaces an earlier one of the same nonce: nodes ask for a tenth more of both, so an eighth is
 * added, and no less than what is fresh now.
 */
export function replacementFees(earlier: Fees, fresh: Fees): Fees {
  return {
    maxFeePerGas: larger(raised(earlier.maxFeePerGas), fresh.maxFeePerGas),
    maxPriorityFeePerGas: larger(raised(earlier.maxPriorityFeePerGas), fresh.maxPriorityFeePerGas),
  }
}

function raised(fee: bigint): bigint {
  return (fee * 9n) / 8n + 1n
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
