// A chain of its own for a test: anvil with the contracts on it, whose blocks come when the test's transactions wait for one,
// and whose time passes when the test says so. Members act with plain keys; what they do is the test's.

import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountOf } from '@tessera/chain/account'
import { type Chain, openChain } from '@tessera/chain/clients'
import type { TransactionRequest } from '@tessera/chain/request'
import { request } from '@tessera/chain/rpc'
import { TransactionSender } from '@tessera/chain/send'
import type { Receipt } from '@tessera/chain/shapes'
import { type Deployed, deployTessera } from '@tessera/deploy/deploy'
import { type Anvil, startAnvil } from '@tessera/deploy/devnet/anvil'
import { DEVNET_HOLDER_KEY } from '@tessera/deploy/devnet/holder'
import { readParams } from '@tessera/deploy/readParams'
import { keccak256 } from '@tessera/protocol/hash'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'

export class ChainHarness {
  readonly folder: string
  readonly log: string[] = []
  #anvil: Anvil
  #deployed: Deployed | undefined
  #chain: Chain | undefined
  /** Sends under way, and those of them that wait for a block. A block is made when all wait. */
  #active = 0
  #waiting: (() => void)[] = []
  #mining = false
  #now = 0

  private constructor(folder: string, anvil: Anvil) {
    this.folder = folder
    this.#anvil = anvil
  }

  /** Starts a chain and deploys. */
  static async start(): Promise<ChainHarness> {
    const folder = await mkdtemp(join(tmpdir(), 'tessera-chain-'))
    const harness = new ChainHarness(
      folder,
      await startAnvil({ port: 0, stateFile: join(folder, 'state.json'), blockSeconds: 1 }),
    )
    try {
      await harness.deploy()
      await harness.takeTheClock()
    } catch (error) {
      await harness.close()
      throw error
    }
    return harness
  }

  get chain(): Chain {
    if (this.#chain === undefined) throw new Error('the chain is not open')
    return this.#chain
  }

  get deployed(): Deployed {
    if (this.#deployed === undefined) throw new Error('nothing is deployed')
    return this.#deployed
  }

  get rpcUrl(): string {
    return this.#anvil.rpcUrl
  }

  async deploy(): Promise<Deployed> {
    const params = await readParams('devnet')
    const options = {
      rpcUrl: this.rpcUrl,
      folder: join(this.folder, 'deployment'),
      params,
      deployerKey: DEVNET_HOLDER_KEY,
    }
    this.#deployed = await deployTessera({ ...options, log: (line) => this.log.push(line) })
    this.#chain = await openChain({ rpcUrl: this.rpcUrl, deployment: this.#deployed.deployment })
    return this.#deployed
  }

  /** From now on blocks are made by `mine` alone. */
  async takeTheClock(): Promise<void> {
    await this.rpc('anvil_setIntervalMining', [0])
    await this.rpc('evm_setAutomine', [false])
  }

  rpc(method: string, params: readonly unknown[]): Promise<unknown> {
    return request(this.chain.client, method, params)
  }

  async mine(): Promise<void> {
    await this.rpc('evm_mine', [])
  }

  /** Lets time pass, and makes a block after it. */
  async pass(seconds: number): Promise<void> {
    await this.rpc('evm_increaseTime', [seconds])
    await this.mine()
  }

  /** A sender with a key made from a name, and with ether. */
  async sender(name: string): Promise<TransactionSender> {
    const key = name === 'holder' ? DEVNET_HOLDER_KEY : bytesToHex(keccak256(new TextEncoder().encode(name)))
    const account = accountOf(key)
    await this.rpc('anvil_setBalance', [account.address, '0xde0b6b3a7640000'])
    const clock = { now: () => ++this.#now, sleep: () => this.#block() }
    return new TransactionSender({ chain: this.chain, account, clock })
  }

  /** Sends, and makes the blocks that this takes; several at once get into one block. */
  async send(sender: TransactionSender, request: TransactionRequest): Promise<Receipt> {
    this.#active++
    try {
      return await sender.send(request)
    } finally {
      this.#active--
      await this.#mineIfAllWait()
    }
  }

  /** Ends the chain as a crash does; `restore` puts an earlier state in the place of the one it left. */
  async crash(restore?: string): Promise<void> {
    await this.#anvil.kill()
    if (restore !== undefined) await cp(restore, join(this.folder, 'state.json'))
    await this.#start()
  }

  /** Ends the chain in order and starts it again. Returns a copy of the state that it left. */
  async restart(): Promise<string> {
    await this.#anvil.stop()
    const copy = join(this.folder, `state-${++this.#now}.json`)
    await cp(join(this.folder, 'state.json'), copy)
    await this.#start()
    return copy
  }

  /** Ends the chain and starts an empty one in its place. */
  async startAnew(): Promise<void> {
    await this.#anvil.kill()
    await rm(join(this.folder, 'state.json'))
    this.#anvil = await startAnvil({
      port: this.#anvil.port,
      stateFile: join(this.folder, 'state.json'),
      blockSeconds: 1,
    })
  }

  async close(): Promise<void> {
    await this.#anvil.stop()
    await rm(this.folder, { recursive: true })
  }

  async #start(): Promise<void> {
    const { port } = this.#anvil
    this.#anvil = await startAnvil({ port, stateFile: join(this.folder, 'state.json'), blockSeconds: undefined })
  }

  #block(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    return Promise.all([promise, this.#mineIfAllWait()]).then(() => undefined)
  }

  async #mineIfAllWait(): Promise<void> {
    if (this.#mining || this.#active === 0 || this.#waiting.length < this.#active) return
    this.#mining = true
    await this.mine()
    this.#mining = false
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** 32 bytes that belong to a name. */
export function word(name: string): Hex {
  return bytesToHex(keccak256(new TextEncoder().encode(name)))
}
