// The contracts on a chain in this process (EDR, the engine of Hardhat's own network), put there by the module that deploys them
// everywhere, and accounts that need no keys. Transactions are real ones: each in a block of its own, with its receipt.

import { type Chain, openChain } from '@tessera/chain/clients'
import type { TransactionRequest } from '@tessera/chain/request'
import { openHardhat } from '@tessera/deploy/build'
import { runHardhat } from '@tessera/deploy/hardhatJob'
import tessera from '@tessera/deploy/modules/tessera'
import { keccak256 } from '@tessera/protocol/hash'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { custom } from 'viem'

const TOKEN = 10n ** 18n
/** EIP-7825: no transaction may ask for more, so one that needs more fails here as anywhere. */
const MOST_GAS = 2 ** 24
const ETHER = `0x${(1_000n * TOKEN).toString(16)}`
/** Long, so that no transaction of a play is late; what they cost does not depend on it. */
export const PERIOD_SECONDS = 7 * 86_400

const PARAMETERS = {
  tokenSupplyWei: 10n ** 9n * TOKEN,
  tokenCapWei: 2n * 10n ** 9n * TOKEN,
  slashSink: '0x000000000000000000000000000000000000dEaD',
  unbondingSeconds: 14 * 86_400,
  commissionDelaySeconds: 21 * 86_400,
  bountyCapBps: 1_000,
  emissionDelaySeconds: PERIOD_SECONDS,
  emissionPeriodSeconds: PERIOD_SECONDS,
  emissionPeriodsPerHalving: 208,
  emissionInitialWei: 10n ** 6n * TOKEN,
  emissionQuorumBps: 2_000,
  emissionMinVoteBps: 100,
  runDepositWei: 100n * TOKEN,
} as const

/** Of the chain's JSON-RPC. */
export type Request = (method: string, params?: readonly unknown[]) => Promise<unknown>

export class GasChain {
  readonly chain: Chain
  /** Has all tokens at first. */
  readonly holder: Hex
  readonly #request: Request
  readonly #close: () => Promise<void>

  private constructor(chain: Chain, holder: Hex, request: Request, close: () => Promise<void>) {
    this.chain = chain
    this.holder = holder
    this.#request = request
    this.#close = close
  }

  /** Compiles if a source changed, starts a chain and deploys. */
  static async start(signal: AbortSignal): Promise<GasChain> {
    await runHardhat({ kind: 'build' }, signal)
    const hardhat = await openHardhat()
    const connection = await hardhat.network.create('sim')
    const { provider } = connection
    const request: Request = (method, params = []) => provider.request({ method, params: [...params] })
    const [holder] = (await request('eth_accounts')) as Hex[]
    if (holder === undefined) throw new TypeError('the chain has no account')
    const deployed = await connection.ignition.deploy(tessera, {
      parameters: { Tessera: { tokenHolder: holder, ...PARAMETERS } },
    })
    const [chainId, genesis] = [await request('eth_chainId'), await request('eth_getBlockByNumber', ['0x0', false])]
    const address = (contract: { readonly address: Hex }): Hex => contract.address
    const deployment = {
      chainId: Number(chainId),
      genesisHash: (genesis as { readonly hash: Hex }).hash,
      fromBlock: 0n,
      token: address(deployed.token),
      stakeVault: address(deployed.stakeVault),
      rewardEscrow: address(deployed.rewardEscrow),
      emission: address(deployed.emission),
      beacon: address(deployed.beacon),
      runCoordinator: address(deployed.runCoordinator),
    }
    const transport = custom({ request: ({ method, params }) => request(method, params as readonly unknown[]) })
    const chain = await openChain({ transport, deployment, signal })
    return new GasChain(chain, holder, request, () => connection.close())
  }

  /** For whoever serves the chain to others. */
  get request(): Request {
    return this.#request
  }

  /** An account of that name, with ether and without a key. */
  async account(name: string): Promise<Hex> {
    const address = bytesToHex(keccak256(new TextEncoder().encode(name)).subarray(12))
    await this.#request('hardhat_impersonateAccount', [address])
    await this.#request('hardhat_setBalance', [address, ETHER])
    return address
  }

  /**
   * Sends from an account of this chain and returns the gas used: all of the transaction, less what is refunded.
   * @throws what the chain says of a call that reverts.
   */
  async send(from: Hex, { name, to, data, gas = BigInt(MOST_GAS) }: TransactionRequest): Promise<number> {
    const transaction = { from, to, data, gas: `0x${gas.toString(16)}` }
    const hash = await this.#request('eth_sendTransaction', [transaction])
    const receipt = (await this.#request('eth_getTransactionReceipt', [hash])) as {
      readonly status: Hex
      readonly gasUsed: Hex
    }
    if (receipt.status !== '0x1') throw new TypeError(`${name} of ${from} reverted, and the chain did not say so`)
    return Number(receipt.gasUsed)
  }

  /** Lets time pass, and makes a block after it. */
  async pass(seconds: number): Promise<void> {
    await this.#request('evm_increaseTime', [seconds])
    await this.#request('evm_mine')
  }

  close(): Promise<void> {
    return this.#close()
  }
}
