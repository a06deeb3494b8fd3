// A chain in memory behind the RPC methods that this package uses: blocks with logs, accounts with nonces, a mempool, and ways
// to lose blocks, to fork and to answer wrongly. Executes nothing: what a call does is the test's to say.

import {
  createPublicClient,
  custom,
  type Hex,
  keccak256,
  numberToHex,
  type PublicClient,
  parseTransaction,
  RpcRequestError,
  recoverTransactionAddress,
  stringToHex,
  TimeoutError,
} from 'viem'
import type { Deployment } from './addresses.ts'

export interface FakeLog {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
}

export interface FakeTransaction {
  readonly hash: Hex
  readonly raw: Hex
  readonly from: Hex
  readonly nonce: number
  readonly maxFeePerGas: bigint
  readonly gas: bigint
}

interface FakeBlock {
  readonly number: bigint
  readonly hash: Hex
  readonly parentHash: Hex
  readonly logs: readonly FakeLog[]
  readonly transactions: readonly FakeTransaction[]
}

const at = (digit: string): Hex => `0x${digit.repeat(40)}`

export class FakeChain {
  readonly requests: { readonly method: string; readonly params: readonly unknown[] }[] = []
  readonly mempool: FakeTransaction[] = []
  readonly client: PublicClient = createPublicClient({
    transport: custom({
      request: (body: { method: string; params?: unknown[] }) => this.#request(body.method, body.params ?? []),
    }),
  })
  readonly deployment: Deployment
  chainId = 31377
  baseFee = 7n
  balance = 10n ** 24n
  /** Seconds of block n: 1000 + 2 n. */
  readonly blocks: FakeBlock[] = []
  /** Answers `eth_call`; throws what `rpcError` gives to revert. */
  onCall: () => Hex = () => '0x'
  /** Answers instead of the chain when it returns something else than undefined. */
  intercept: (method: string, params: readonly unknown[]) => unknown = () => undefined
  /** Transactions that fail, by nonce. */
  readonly failing = new Set<number>()
  /** What the mempool takes only with at least this fee. */
  minFee = 0n
  #fork = 0

  constructor() {
    this.mine()
    this.deployment = {
      chainId: this.chainId,
      genesisHash: this.head.hash,
      fromBlock: 1n,
      token: at('1'),
      stakeVault: at('2'),
      rewardEscrow: at('6'),
      emission: at('7'),
      beacon: at('4'),
      runCoordinator: at('5'),
    }
  }

  get head(): FakeBlock {
    const head = this.blocks.at(-1)
    if (head === undefined) throw new Error('block 0 is mined with the chain')
    return head
  }

  /** Adds a block; it takes in the transactions that are next by nonce and pay enough. */
  mine(logs: readonly FakeLog[] = []): FakeBlock {
    const number = BigInt(this.blocks.length)
    const parentHash = this.blocks.at(-1)?.hash ?? keccak256('0x')
    const transactions = this.#takeReady()
    const hash = keccak256(stringToHex(`${parentHash} ${number} ${this.#fork} ${JSON.stringify(logs)}`))
    this.blocks.push({ number, hash, parentHash, logs, transactions })
    return this.head
  }

  /** Loses the newest blocks, and with them what waits, as a server does that crashed. What is mined next has other hashes. */
  lose(count: number): void {
    this.blocks.length -= count
    this.mempool.length = 0
    this.#fork++
  }

  nonceOf(from: Hex): number {
    return this.blocks.flatMap((block) => block.transactions).filter((tx) => tx.from === from).length
  }

  #takeReady(): FakeTransaction[] {
    const taken: FakeTransaction[] = []
    for (;;) {
      const ready = this.mempool.findIndex(
        (tx) =>
          tx.nonce === this.nonceOf(tx.from) + taken.filter((earlier) => earlier.from === tx.from).length &&
          tx.maxFeePerGas >= this.minFee,
      )
      if (ready < 0) return taken
      taken.push(...this.mempool.splice(ready, 1))
    }
  }

  async #request(method: string, params: readonly unknown[]): Promise<unknown> {
    this.requests.push({ method, params })
    const instead: unknown = this.intercept(method, params)
    if (instead !== undefined) return instead
    const [first] = params
    switch (method) {
      case 'eth_chainId':
        return numberToHex(this.chainId)
      case 'eth_getBlockByNumber':
        return this.#block(first === 'latest' ? this.head : this.blocks[Number(first)])
      case 'eth_getBlockByHash':
        return this.#block(this.blocks.find((block) => block.hash === first))
      case 'eth_getLogs':
        return this.#logs(first as { blockHash?: Hex; fromBlock?: Hex; toBlock?: Hex; address: readonly Hex[] })
      case 'eth_getCode':
        return '0xfe'
      case 'eth_getBalance':
        return numberToHex(this.balance)
      case 'eth_call':
        return this.onCall()
      case 'eth_estimateGas':
        return '0x7530'
      case 'eth_getTransactionCount':
        return numberToHex(this.nonceOf((first as Hex).toLowerCase() as Hex))
      case 'eth_sendRawTransaction':
        return await this.#take(first as Hex)
      case 'eth_getTransactionReceipt':
        return this.#receipt(first as Hex)
      default:
        throw rpcError(-32601, 'method not found')
    }
  }

  #block(block: FakeBlock | undefined): unknown {
    if (block === undefined) return null
    return {
      number: numberToHex(block.number),
      hash: block.hash,
      parentHash: block.parentHash,
      mixHash: keccak256(stringToHex(`randao ${block.number}`)),
      timestamp: numberToHex(1000n + 2n * block.number),
      baseFeePerGas: numberToHex(this.baseFee),
    }
  }

  #logs(filter: { blockHash?: Hex; fromBlock?: Hex; toBlock?: Hex; address: readonly Hex[] }): unknown {
    const blocks = this.blocks.filter(({ hash, number }) =>
      filter.blockHash === undefined
        ? number >= BigInt(filter.fromBlock ?? 0) && number <= BigInt(filter.toBlock ?? 0)
        : hash === filter.blockHash,
    )
    if (filter.blockHash !== undefined && blocks.length === 0) throw rpcError(-32000, 'unknown block')
    return blocks.flatMap((block) =>
      block.logs.map((log, index) => ({
        ...log,
        removed: false,
        blockNumber: numberToHex(block.number),
        blockHash: block.hash,
        transactionHash: keccak256(block.hash),
        logIndex: numberToHex(index),
      })),
    )
  }

  async #take(raw: Hex): Promise<Hex> {
    const { nonce = 0, maxFeePerGas = 0n, gas = 0n } = parseTransaction(raw)
    const from = (
      await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` })
    ).toLowerCase() as Hex
    const hash = keccak256(raw)
    if (nonce < this.nonceOf(from)) throw rpcError(-32003, 'nonce too low')
    const waiting = this.mempool.findIndex((tx) => tx.from === from && tx.nonce === nonce)
    if (this.mempool[waiting]?.hash === hash) throw rpcError(-32003, 'transaction already imported')
    if (waiting >= 0) {
      const earlier = this.mempool[waiting]?.maxFeePerGas ?? 0n
      if (maxFeePerGas * 10n < earlier * 11n) throw rpcError(-32003, 'replacement transaction underpriced')
      this.mempool.splice(waiting, 1)
    }
    this.mempool.push({ hash, raw, from, nonce, maxFeePerGas, gas })
    return hash
  }

  #receipt(hash: Hex): unknown {
    const ofLogs = this.blocks.find((candidate) => keccak256(candidate.hash) === hash)
    if (ofLogs !== undefined) return receipt(hash, ofLogs, true)
    const block = this.blocks.find(({ transactions }) => transactions.some((tx) => tx.hash === hash))
    const tx = block?.transactions.find((candidate) => candidate.hash === hash)
    if (block === undefined || tx === undefined) return null
    return receipt(hash, block, !this.failing.has(tx.nonce))
  }
}

function receipt(transactionHash: Hex, { number, hash }: FakeBlock, success: boolean): unknown {
  const blockNumber = numberToHex(number)
  return { transactionHash, blockNumber, blockHash: hash, gasUsed: '0x5208', status: success ? '0x1' : '0x0' }
}

/** What viem's transports throw when no answer comes. */
export function noAnswer(): TimeoutError {
  return new TimeoutError({ body: {}, url: 'http://fake' })
}

/** What viem's transports throw for a JSON-RPC error. */
export function rpcError(code: number, message: string, data?: unknown): RpcRequestError {
  return new RpcRequestError({ body: {}, error: { code, message, data }, url: 'http://fake' })
}
