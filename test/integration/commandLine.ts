// The command line on a chain of a test: blocks come with each transaction, and a wallet is made, fed and acted with by name.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { transfer } from '@tessera/chain/actions/transfer'
import { formatDeployment } from '@tessera/chain/addresses'
import type { Chain } from '@tessera/chain/clients'
import type { TransactionSender } from '@tessera/chain/send'
import { type Ran, tessera } from '@tessera/cli/tessera.fixture'
import type { Hex } from '@tessera/protocol/hex'
import { ChainHarness } from './chainHarness.ts'
import { newRun, runParamsOfTests } from './chainMembers.ts'

export class CommandLine {
  readonly harness: ChainHarness
  /** Has all tokens of the first block. */
  readonly holder: TransactionSender

  private constructor(harness: ChainHarness, holder: TransactionSender) {
    this.harness = harness
    this.holder = holder
  }

  static async start(): Promise<CommandLine> {
    const harness = await ChainHarness.start()
    await harness.rpc('evm_setAutomine', [true])
    await writeFile(join(harness.folder, 'deployment.json'), formatDeployment(harness.chain.deployment))
    await writeFile(join(harness.folder, 'password'), 'correct horse', { mode: 0o600 })
    return new CommandLine(harness, await harness.sender('holder'))
  }

  get chain(): Chain {
    return this.harness.chain
  }

  /** A new wallet with ether and tokens. */
  async makeWallet(t: TestContext, name: string, amount: bigint): Promise<Hex> {
    const { harness, holder, chain } = this
    const files = [...this.#wallets(), ...this.#password()]
    const made = await tessera(t, ['wallet', 'new', '--name', name, '--scrypt', 'light', '--json', ...files])
    const address: Hex = JSON.parse(made.written).address
    await harness.rpc('anvil_setBalance', [address, '0xde0b6b3a7640000'])
    await harness.send(holder, transfer(chain.deployment, { to: address, amount }))
    return address
  }

  async makeRuns(count: number): Promise<void> {
    const { harness, holder, chain } = this
    for (let i = 0; i < count; i++) await newRun(harness, holder, runParamsOfTests(chain.deployment.token))
  }

  /** A command that acts with a wallet, or one that only reads. */
  run(t: TestContext, wallet: string, words: string): Promise<Ran> {
    const { harness } = this
    const flags = words.indexOf(' --')
    const [name, rest] = flags < 0 ? [words, ''] : [words.slice(0, flags), words.slice(flags + 1)]
    const chain = ['--rpc', harness.rpcUrl, '--deployment', join(harness.folder, 'deployment.json')]
    const own = /^(sponsor|run) (show|list)$/.test(name) ? [] : ['--wallet', wallet, ...this.#wallets()]
    const password = /(show|explain|list)$/.test(name) ? [] : this.#password()
    return tessera(t, [...name.split(' '), ...chain, ...own, ...password, ...(rest === '' ? [] : rest.split(' '))])
  }

  #wallets(): readonly string[] {
    return ['--wallets', join(this.harness.folder, 'wallets')]
  }

  #password(): readonly string[] {
    return ['--password-file', join(this.harness.folder, 'password')]
  }
}
