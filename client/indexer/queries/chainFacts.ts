// The few things about the chain that no event tells: the schedule of the emission, the supply, an account's tokens, and what tokens
// say of themselves. What cannot change is read once; what can is read when it is asked for.

import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { getTokenInfo } from '@tessera/chain/actions/getTokenInfo'
import type { Chain } from '@tessera/chain/clients'
import { badResponse } from '@tessera/chain/errors'
import { emissionAbi } from '@tessera/chain/generated/emission'
import { tokenAbi } from '@tessera/chain/generated/token'
import { readContract } from '@tessera/chain/rpc'
import { isTesseraError } from '@tessera/protocol/errors'
import { type Hex, lowerHex } from '@tessera/protocol/hex'

/** When how much is emitted. Nobody can change it. */
export interface Schedule {
  /** Unix seconds. */
  readonly start: number
  readonly seconds: number
  readonly periodsPerHalving: number
  /** Wei of each period before the first halving. */
  readonly initial: bigint
  /** Wei of all tokens that can ever be. */
  readonly cap: bigint
}

export interface Token {
  readonly address: Hex
  readonly symbol: string | null
  readonly decimals: number | null
}

/** Anyone can sponsor with a token of his own: the names of no more are kept. */
const MAX_TOKENS = 1_000

export class ChainFacts {
  readonly #chain: Chain
  readonly #signal: AbortSignal
  readonly #tokens = new Map<Hex, Token>()
  #schedule: Promise<Schedule> | undefined
  #supply: bigint | undefined

  constructor(options: { readonly chain: Chain; readonly signal: AbortSignal }) {
    this.#chain = options.chain
    this.#signal = options.signal
  }

  /** The token of stake and grants. */
  get native(): Hex {
    return lowerHex(this.#chain.deployment.token)
  }

  /** What a token says of itself, as far as it was asked. */
  token(address: Hex): Token {
    return this.#tokens.get(address) ?? { address, symbol: null, decimals: null }
  }

  /** Asks tokens that were not asked yet. What a token answers is its own doing; only a server that fails is an error. */
  async learn(tokens: Iterable<Hex>): Promise<void> {
    for (const token of new Set(tokens)) {
      if (this.#tokens.has(token) || this.#tokens.size >= MAX_TOKENS) continue
      const { symbol = null, decimals = null } = await getTokenInfo(this.#chain, { token }, { signal: this.#signal })
      this.#tokens.set(token, { address: token, symbol, decimals })
    }
  }

  schedule(): Promise<Schedule> {
    this.#schedule ??= this.#readSchedule().catch((error: unknown) => {
      this.#schedule = undefined
      throw error
    })
    return this.#schedule
  }

  /** Wei of all tokens that there are; as last read while the chain changes under the server. */
  async supply(): Promise<bigint> {
    try {
      this.#supply = await this.#readToken('totalSupply')
      return this.#supply
    } catch (error) {
      if (this.#supply === undefined || !isOfChain(error)) throw error
      return this.#supply
    }
  }

  /** Wei of the network's token on an account; null when the server fails. */
  async balance(account: Hex): Promise<bigint | null> {
    try {
      return await getTokenBalance(this.#chain, { account }, { signal: this.#signal })
    } catch (error) {
      if (isOfChain(error)) return null
      throw error
    }
  }

  async #readSchedule(): Promise<Schedule> {
    const read = (functionName: 'START' | 'PERIOD_SECONDS' | 'PERIODS_PER_HALVING' | 'INITIAL'): Promise<bigint> => {
      const contract = { address: this.#chain.deployment.emission, abi: emissionAbi } as const
      return readContract(this.#chain, { ...contract, functionName, args: [] }, { signal: this.#signal })
    }
    const [start, seconds, periodsPerHalving, initial, cap] = await Promise.all([
      read('START'),
      read('PERIOD_SECONDS'),
      read('PERIODS_PER_HALVING'),
      read('INITIAL'),
      this.#readToken('cap'),
    ])
    if (seconds === 0n || periodsPerHalving === 0n) throw badResponse('a period of the emission has no length')
    const numbers = { start: Number(start), seconds: Number(seconds), periodsPerHalving: Number(periodsPerHalving) }
    return { ...numbers, initial, cap }
  }

  #readToken(functionName: 'totalSupply' | 'cap'): Promise<bigint> {
    const contract = { address: this.#chain.deployment.token, abi: tokenAbi } as const
    return readContract(this.#chain, { ...contract, functionName, args: [] }, { signal: this.#signal })
  }
}

/** Whatever a server says of a block that it loses in that moment, also that there is no contract. */
function isOfChain(error: unknown): boolean {
  return isTesseraError(error) && error.code.startsWith('chain/')
}

/** Wei that a period emits at most. */
export function emissionOf({ initial, periodsPerHalving }: Schedule, period: number): bigint {
  return initial >> BigInt(Math.floor(period / periodsPerHalving))
}
