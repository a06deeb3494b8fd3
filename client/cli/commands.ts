// The commands of `tessera` by their names, and which one a command line means.

import { nearest } from '@tessera/agent/nearest'
import { TesseraError } from '@tessera/protocol/errors'
import type { Command } from './command.ts'
import { chat } from './commands/chat.ts'
import { checkpointExport } from './commands/checkpointExport.ts'
import { claim } from './commands/claim.ts'
import { claimExplain } from './commands/claimExplain.ts'
import { claimShow } from './commands/claimShow.ts'
import { dataPrepare } from './commands/dataPrepare.ts'
import { delegate } from './commands/delegate.ts'
import { evaluate } from './commands/evaluate.ts'
import { runClose } from './commands/runClose.ts'
import { runCreate } from './commands/runCreate.ts'
import { runEvict } from './commands/runEvict.ts'
import { runJoin } from './commands/runJoin.ts'
import { runLeave } from './commands/runLeave.ts'
import { runList } from './commands/runList.ts'
import { runRelease } from './commands/runRelease.ts'
import { runShow } from './commands/runShow.ts'
import { sponsorGrant } from './commands/sponsorGrant.ts'
import { sponsorNew } from './commands/sponsorNew.ts'
import { sponsorReclaim } from './commands/sponsorReclaim.ts'
import { sponsorShow } from './commands/sponsorShow.ts'
import { sponsorTopUp } from './commands/sponsorTopUp.ts'
import { sponsorUse } from './commands/sponsorUse.ts'
import { sponsorWithdraw } from './commands/sponsorWithdraw.ts'
import { stakeAllow } from './commands/stakeAllow.ts'
import { stakeCancel } from './commands/stakeCancel.ts'
import { stakeCommission } from './commands/stakeCommission.ts'
import { stakeDelegateKey } from './commands/stakeDelegateKey.ts'
import { stakeDeposit } from './commands/stakeDeposit.ts'
import { stakePayout } from './commands/stakePayout.ts'
import { stakeShow } from './commands/stakeShow.ts'
import { stakeThaw } from './commands/stakeThaw.ts'
import { stakeUnbond } from './commands/stakeUnbond.ts'
import { stakeWithdraw } from './commands/stakeWithdraw.ts'
import { voteCount } from './commands/voteCount.ts'
import { votePay } from './commands/votePay.ts'
import { voteClear, voteSet } from './commands/voteSet.ts'
import { voteShow } from './commands/voteShow.ts'
import { walletExport } from './commands/walletExport.ts'
import { walletImport } from './commands/walletImport.ts'
import { walletList } from './commands/walletList.ts'
import { walletNew } from './commands/walletNew.ts'
import { walletShow } from './commands/walletShow.ts'

export const commands: readonly Command[] = [
  checkpointExport,
  chat,
  evaluate,
  dataPrepare,
  walletNew,
  walletImport,
  walletList,
  walletShow,
  walletExport,
  delegate,
  stakeShow,
  stakeDeposit,
  stakeUnbond,
  stakeCancel,
  stakeWithdraw,
  stakeThaw,
  stakeCommission,
  stakeDelegateKey,
  stakePayout,
  stakeAllow,
  voteShow,
  voteSet,
  voteClear,
  voteCount,
  votePay,
  sponsorShow,
  sponsorNew,
  sponsorTopUp,
  sponsorUse,
  sponsorWithdraw,
  sponsorReclaim,
  sponsorGrant,
  runList,
  runShow,
  runCreate,
  runClose,
  runJoin,
  runLeave,
  runRelease,
  runEvict,
  // The longer names first: a command line begins with the words of its command.
  claimShow,
  claimExplain,
  claim,
]

/**
 * The command whose words `argv` begins with, and the rest.
 * @throws `cli/unknown-command`
 */
export function findCommand(
  known: readonly Command[],
  argv: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } {
  for (const command of known) {
    const words = command.name.split(' ')
    if (words.every((word, at) => argv[at] === word)) return { command, rest: argv.slice(words.length) }
  }
  const flag = argv.findIndex((word) => word.startsWith('-'))
  const given = argv.slice(0, flag < 0 ? argv.length : flag).join(' ')
  const group = known.map(({ name }) => name).filter((name) => name.startsWith(`${given} `))
  const names = group.length > 0 ? group : known.map(({ name }) => name)
  const meant = nearest(given, names)
  throw new TesseraError('cli/unknown-command', `there is no command "${given}"`, {
    hint:
      meant === undefined ? `Commands: ${names.join(', ')}` : `Did you mean "${meant}"? Commands: ${names.join(', ')}`,
    context: { given },
  })
}

/** The text of `tessera --help`. */
export function overview(known: readonly Command[]): string {
  const width = Math.max(...known.map(({ name }) => name.length))
  const lines = known.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Models and runs from the command line.\n\nUsage: npm run -s tessera -- COMMAND [options]\n\nCommands:\n${lines.join('\n')}\n\nCOMMAND --help lists the options of a command.\n`
}
