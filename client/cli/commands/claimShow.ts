// `tessera claim show`: what `tessera claim` would claim. Needs no password, and no wallet if the operator is named.

import { getStake } from '@tessera/chain/actions/getStake'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import { amountOf, type Due, epochsText, sourceText, totalText } from '@tessera/chain/plans/dues'
import { amountText } from '@tessera/chain/plans/tokenAmounts'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { lookForDues, payOptions } from '../claims.ts'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { chainOptions, jsonOption, openNetwork } from '../network.ts'
import { NO_ONE, namedOrOwnOperator, operatorOption } from '../operator.ts'
import { json, table } from '../texts.ts'
import { findWallet, folderOption, walletOptions } from '../wallets.ts'
import { type ClaimOptions, holderOption, queryOf } from './claim.ts'

export const claimShow = defineCommand({
  name: 'claim show',
  summary: 'Shows what an operator, a holder of its pool or the owner of a run has earned and nobody has claimed yet.',
  options: {
    ...payOptions,
    ...operatorOption,
    ...holderOption,
    wallet: walletOptions.wallet,
    ...folderOption,
    ...chainOptions,
    ...jsonOption,
  },
  async run(options, scene) {
    const chain = await openNetwork(options, scene)
    const wallet =
      (options.wallet === undefined ? undefined : (await findWallet(options, scene)).address) ??
      (await namedOrOwnOperator(chain, options, scene))
    const seen = await lookAtDues(chain, { ...options, wallet }, scene)
    if (options.json) return writeLine(scene, json(seen))
    for (const line of describeDues(seen)) writeLine(scene, line)
    for (const line of seen.unseen) scene.note(line)
  },
})

export interface SeenDues {
  readonly operator: Hex
  readonly holder: Hex
  /** Who is paid. */
  readonly to: Hex
  readonly dues: readonly Due[]
  readonly unseen: readonly string[]
}

/** All of one block. Errors: `claim/bad-range`, `claim/bad-source`, `run/unknown`. */
export async function lookAtDues(
  chain: Chain,
  options: ClaimOptions,
  { signal }: Pick<Scene, 'signal'>,
): Promise<SeenDues> {
  const at = await pinned(chain, { signal })
  const { query, unseen: runsUnseen } = await queryOf(chain, options, at)
  const { operator, holder } = query
  const { dues, unseen } = await lookForDues(chain, query, at)
  const to = sameHex(operator, holder) ? (await getStake(chain, { operator }, at)).payout : holder
  return { operator, holder, to, dues, unseen: [...runsUnseen, ...unseen] }
}

/** Lines for people. */
export function describeDues({ operator, holder, to, dues }: SeenDues): readonly string[] {
  return table([
    ['operator', operator],
    ['holder', sameHex(operator, holder) ? 'the operator itself' : holder],
    ['paid to', to],
    ['claimable', dues.length === 0 ? 'nothing' : totalText(dues)],
    ...dues.map((due): [string, string] => {
      const role = due.holder === NO_ONE ? ', as its owner' : ''
      const of = `of ${sourceText(due.source)}, ${epochsText(due.epochs)}${role}`
      return [`run ${due.run}`, `${amountText(amountOf(due), due.token)} ${of}`]
    }),
  ])
}
