// Votes in words: what a ballot says, and the stake that is counted for it.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { getOperatorsOf } from '../actions/getOperatorsOf.ts'
import { getStakeAt } from '../actions/getStakeAt.ts'
import { isVoteCounted } from '../actions/isVoteCounted.ts'
import type { Choice } from '../actions/vote.ts'
import { inBatches } from '../batches.ts'
import type { Chain } from '../clients.ts'
import type { ReadOptions } from '../rpc.ts'
import { runText } from './runs.ts'
import { percent } from './texts.ts'

/** Of all votes of a holder, in 1/10 000. */
export const WHOLE = 10_000
/** As the emission allows. */
export const MAX_CHOICES = 8
/** Each costs gas and two requests. */
export const MAX_OPERATORS = 50

export function sumOf(choices: readonly Choice[]): number {
  return choices.reduce((sum, { bps }) => sum + bps, 0)
}

/** `run 1 (60 %), run 2 (40 %)`. */
export function choicesText(chain: Chain, choices: readonly Choice[]): string {
  if (choices.length === 0) return 'nothing'
  return choices.map((choice) => `${runText(chain, choice)} (${percent(BigInt(choice.bps))})`).join(', ')
}

export function sameChoices(a: readonly Choice[], b: readonly Choice[]): boolean {
  const keyOf = (choices: readonly Choice[]) =>
    choices.map(({ manager, run, bps }) => `${manager} ${run} ${bps}`).join()
  return keyOf(a) === keyOf(b)
}

/** Stake of a holder with one operator, as it counts in a period. */
export interface VotingPosition {
  readonly operator: Hex
  /** Wei, just before the period began. */
  readonly weight: bigint
  readonly counted: boolean
}

/** Errors: `vote/operators-unknown`. */
export async function votingPositions(
  chain: Chain,
  of: { readonly holder: Hex; readonly operators: readonly Hex[] | undefined },
  { period, startsAt }: { readonly period: bigint; readonly startsAt: bigint },
  at: ReadOptions,
): Promise<readonly VotingPosition[]> {
  const { holder, operators = await knownOperators(chain, holder, at) } = of
  return inBatches([...new Set(operators)], async (operator) => {
    const [weight, counted] = await Promise.all([
      getStakeAt(chain, { operator, holder, time: startsAt - 1n }, at),
      isVoteCounted(chain, { period, holder, operator }, at),
    ])
    return { operator, weight, counted }
  })
}

async function knownOperators(chain: Chain, holder: Hex, { signal }: ReadOptions): Promise<readonly Hex[]> {
  const found = await operatorsOf(chain, holder, signal)
  if (found.length <= MAX_OPERATORS) return found
  throw operatorsUnknown(holder, `it has deposited with ${found.length}, more than are looked at`)
}

async function operatorsOf(chain: Chain, holder: Hex, signal: AbortSignal | undefined): Promise<readonly Hex[]> {
  try {
    return await getOperatorsOf(chain, { holder }, { signal })
  } catch (error) {
    if (!isTesseraError(error, 'chain/rpc-error') && !isTesseraError(error, 'chain/bad-response')) throw error
    throw operatorsUnknown(holder, 'the RPC server did not look through the chain for its deposits', error)
  }
}

function operatorsUnknown(holder: Hex, why: string, cause?: unknown): TesseraError {
  return new TesseraError('vote/operators-unknown', `with which operators ${holder} has stake is not known: ${why}`, {
    hint: 'Name the operators: each deposit of a holder says with whom',
    context: { holder },
    cause,
  })
}
