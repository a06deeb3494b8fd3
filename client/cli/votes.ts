// Votes in words: what is typed for a vote, what a ballot says, and the stake that is counted for it.

import { getOperatorsOf } from '@tessera/chain/actions/getOperatorsOf'
import { getStakeAt } from '@tessera/chain/actions/getStakeAt'
import { isVoteCounted } from '@tessera/chain/actions/isVoteCounted'
import type { Choice } from '@tessera/chain/actions/vote'
import { inBatches } from '@tessera/chain/batches'
import type { Chain } from '@tessera/chain/clients'
import type { ReadOptions } from '@tessera/chain/rpc'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { runText } from './runs.ts'
import { percent } from './texts.ts'

/** Of all votes of a holder, in 1/10 000. */
export const WHOLE = 10_000
/** As the emission allows. */
export const MAX_CHOICES = 8
/** Each costs gas and two requests. */
const MAX_OPERATORS = 50

/** Spread into the table of a command about the positions of a holder. */
export const positionsOption = {
  operators: {
    flag: 'operator',
    env: 'TESSERA_OPERATORS',
    type: 'list',
    items: 'address',
    max: MAX_OPERATORS,
    description: 'Operators with whom the holder has stake; those that it has ever deposited with if not given',
  },
} as const

/**
 * Reads `1:60`, `2:40`; a run that stands alone gets all.
 * @throws `vote/bad-choice`, `vote/too-much`
 */
export function parseChoices(texts: readonly string[], manager: Hex): readonly Choice[] {
  const choices = texts.map((text): Choice => {
    const [, run = '', whole, fraction = ''] = /^([1-9]\d{0,18})(?::(\d{1,3})(?:\.(\d{1,2}))?)?$/.exec(text) ?? []
    if (run === '' || (whole === undefined && texts.length > 1)) throw badChoice(text, 'is not RUN:PERCENT')
    const bps = whole === undefined ? WHOLE : Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
    if (bps === 0) throw badChoice(text, 'gives nothing')
    return { manager, run: BigInt(run), bps }
  })
  const twice = choices.find(({ run }, at) => choices.findIndex((other) => other.run === run) < at)
  if (twice !== undefined) throw badChoice(String(twice.run), 'is named twice')
  const sum = sumOf(choices)
  if (sum > WHOLE)
    throw new TesseraError('vote/too-much', `the parts are ${percent(BigInt(sum))} together`, {
      hint: 'Give 100 % or less; what is left counts for nobody',
      context: { bps: sum },
    })
  return choices
}

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
    hint: 'Name them with --operator, separated by commas',
    context: { holder },
    cause,
  })
}

function badChoice(text: string, why: string): TesseraError {
  return new TesseraError('vote/bad-choice', `"${text}" ${why}`, {
    hint: 'Give runs with their parts in percent, such as --for 1:60,2:40, or one run alone',
    context: { text },
  })
}
