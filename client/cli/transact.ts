// What every command does that moves money: tries it, says in plain words what would happen and what it may cost, asks, and only
// then unlocks the key and sends. What is to be sent is the command's.

import type { Resolved } from '@tessera/agent/optionTable'
import { printable } from '@tessera/agent/printable'
import { accountOf } from '@tessera/chain/account'
import type { Chain } from '@tessera/chain/clients'
import { checkEther } from '@tessera/chain/plans/checkEther'
import type { Plan } from '@tessera/chain/plans/plan'
import { cost } from '@tessera/chain/plans/texts'
import { type Rehearsal, rehearse } from '@tessera/chain/rehearse'
import { TransactionSender } from '@tessera/chain/send'
import { TesseraError } from '@tessera/protocol/errors'
import { type Scene, writeLine } from './command.ts'
import { chainOptions, jsonOption, openNetwork } from './network.ts'
import { json, table } from './texts.ts'
import { type Account, openAccount, walletOptions } from './wallets.ts'

/** Spread into the table of a command that sends transactions. */
export const moneyOptions = {
  ...chainOptions,
  ...walletOptions,
  dryRun: {
    flag: 'dry-run',
    env: 'TESSERA_DRY_RUN',
    type: 'boolean',
    description: 'Try it on the chain’s present state and say what would happen; sends nothing and needs no password',
  },
  yes: {
    flag: 'yes',
    env: 'TESSERA_YES',
    type: 'boolean',
    description: 'Do not ask before money moves; for scripts',
  },
  ...jsonOption,
} as const

/** Spread into the table of a command that moves tokens. */
export function amountOption<const D extends string>(description: D) {
  return {
    amount: {
      flag: 'amount',
      env: 'TESSERA_AMOUNT',
      type: 'amount',
      required: true,
      // One wei.
      min: '0.000000000000000001',
      description,
    },
  } as const
}

export type MoneyOptions = Resolved<typeof moneyOptions>

export interface Desk {
  readonly chain: Chain
  readonly account: Account
}

/** The chain and the wallet that the command line names. */
export async function openDesk(options: MoneyOptions, scene: Scene): Promise<Desk> {
  const account = await openAccount(options, scene)
  return { chain: await openNetwork(options, scene), account }
}

/**
 * Does what is planned, or only says it.
 * @throws `cli/not-confirmed`, `cli/declined`, `chain/insufficient-funds`, `chain/revert` and those of the wallet and the sender
 */
export async function transact(
  plan: Plan,
  { chain, account }: Desk,
  options: Pick<MoneyOptions, 'dryRun' | 'yes' | 'json' | 'passwordFile'>,
  scene: Scene,
): Promise<void> {
  const { signal } = scene
  const rehearsal = await rehearse(chain, { from: account.address, requests: plan.requests }, signal)
  await checkEther({ chain, account }, rehearsal, signal)
  const summary = summarise(plan, account, rehearsal)
  if (options.dryRun) {
    if (options.json) writeLine(scene, json(record(plan, account, rehearsal, rehearsed(rehearsal))))
    else for (const line of [...summary, 'Dry run: nothing was sent.']) writeLine(scene, line)
    return
  }
  for (const line of summary) scene.note(line)
  if (!options.yes) await confirm(scene)
  const sender = new TransactionSender({
    chain,
    account: accountOf(await account.unlock()),
    clock: scene.clock,
    maxFeePerGas: rehearsal.maxFeePerGas,
  })
  const sent: unknown[] = []
  for (const request of rehearsal.requests) {
    const { hash, blockNumber, gasUsed } = await sender.send(request, { signal })
    const line = `${request.name}: in block ${blockNumber}, transaction ${hash}`
    // Told at once: should the next one fail, this one has happened all the same.
    if (options.json) scene.note(line)
    else writeLine(scene, line)
    sent.push({ call: request.name, hash, blockNumber, gasUsed })
  }
  if (options.json) writeLine(scene, json(record(plan, account, rehearsal, sent)))
}

function summarise(plan: Plan, account: Account, rehearsal: Rehearsal): readonly string[] {
  const { requests, tried, likelyCost, maxCost } = rehearsal
  const calls = requests.map(({ name }) => name).join(', then ')
  const untried = requests.slice(tried).map(({ name }) => `${name} can be tried only once the one before it is sent`)
  const rows: (readonly [string, string])[] = [
    ...plan.afterwards.map((text) => ['Afterwards', text] as const),
    ...[...(plan.warnings ?? []), ...untried].map((text) => ['Mind', text] as const),
    ['Sends', `${calls}; from ${account.address} (wallet ${account.name})`],
    ['Costs', `about ${cost(likelyCost)}, at most ${cost(maxCost)}`],
  ]
  return [plan.intent, ...table(rows).map((line) => `  ${line}`)].map((line) => printable(line, 1_000))
}

/** Goes on only if the person at the terminal says yes. Errors: `cli/not-confirmed`, `cli/declined` and those of a question. */
export async function confirm({ dialogue, signal }: Scene): Promise<void> {
  if (dialogue === undefined)
    throw new TesseraError('cli/not-confirmed', 'there is no terminal to ask at whether this is wanted', {
      hint: 'Give --yes to do it without asking, or --dry-run to only look',
    })
  const answer = await dialogue.ask('Go on? [y/N] ', { signal })
  if (!/^\s*y(es)?\s*$/i.test(answer))
    throw new TesseraError('cli/declined', 'the answer was not yes', { hint: 'Nothing was sent' })
}

function rehearsed({ requests, tried }: Rehearsal): readonly unknown[] {
  return requests.map(({ name, to, data, gas }, at) => ({ call: name, to, data, gas, tried: at < tried }))
}

function record(plan: Plan, account: Account, rehearsal: Rehearsal, transactions: readonly unknown[]) {
  const { likelyCost, maxCost, maxFeePerGas } = rehearsal
  const { intent, warnings = [], facts } = plan
  return { intent, warnings, ...facts, from: account.address, likelyCost, maxCost, maxFeePerGas, transactions }
}
