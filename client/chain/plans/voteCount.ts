// The stake of a holder is counted for its vote of the present period.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { countVotes } from '../actions/countVotes.ts'
import { getBallot } from '../actions/getBallot.ts'
import { type EmissionPeriod, getEmission } from '../actions/getEmission.ts'
import type { Choice } from '../actions/vote.ts'
import { pinned } from '../pin.ts'
import type { ReadOptions } from '../rpc.ts'
import { choicesText, type VotingPosition, votingPositions, WHOLE } from './ballots.ts'
import type { Desk, Plan } from './plan.ts'
import { moment, span, tokens } from './texts.ts'

/** Errors: `vote/not-begun`, `vote/no-ballot`, `vote/nothing-to-count`, `vote/operators-unknown`. */
export async function planCount(
  { chain }: Desk,
  of: { readonly holder: Hex; readonly operators: readonly Hex[] | undefined },
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan> {
  const { holder } = of
  const at = await pinned(chain, { signal })
  const emission = await getEmission(chain, at)
  const { period, endsAt, now } = emission
  if (!emission.begun) throw notBegun(emission)
  const choices = await getBallot(chain, { holder, period }, at)
  if (choices.length === 0) throw noBallot(holder, emission)
  const positions = await votingPositions(chain, of, emission, at)
  const counting = positions.filter(({ weight, counted }) => weight > 0n && !counted)
  if (counting.length === 0) throw nothingToCount(holder, positions, emission)
  const weight = counting.reduce((sum, position) => sum + position.weight, 0n)
  const total = emission.totalVotes + votesOf(counting, choices)
  return {
    intent: `Count ${tokens(weight)} of stake of ${holder} in period ${period}, for ${choicesText(chain, choices)}.`,
    afterwards: [
      `${tokens(total)} of votes are counted in this period, all runs together`,
      `the period ends at ${moment(endsAt)}, ${span(endsAt - now)} from now; then anyone can have the runs paid their part`,
    ],
    facts: { holder, period, endsAt, weight, totalAfterwards: total, positions: counting, choices },
    requests: [countVotes(chain.deployment, { holder, operators: counting.map(({ operator }) => operator) })],
  }
}

/** Wei, rounded as the contract does: each position by itself. */
function votesOf(positions: readonly VotingPosition[], choices: readonly Choice[]): bigint {
  const parts = positions.flatMap(({ weight }) => choices.map(({ bps }) => (weight * BigInt(bps)) / BigInt(WHOLE)))
  return parts.reduce((sum, part) => sum + part, 0n)
}

function notBegun({ startsAt, now }: EmissionPeriod): TesseraError {
  return new TesseraError('vote/not-begun', 'the emission has not begun', {
    hint: `Its first period begins at ${moment(startsAt)}, ${span(startsAt - now)} from now`,
    context: { startsAt },
  })
}

function noBallot(holder: Hex, { period, endsAt, now }: EmissionPeriod): TesseraError {
  return new TesseraError('vote/no-ballot', `${holder} has no vote in period ${period}`, {
    hint: `A vote counts from the next period on, which begins at ${moment(endsAt)}, ${span(endsAt - now)} from now`,
    context: { holder, period },
  })
}

function nothingToCount(
  holder: Hex,
  positions: readonly VotingPosition[],
  { period, startsAt }: EmissionPeriod,
): TesseraError {
  const counted = positions.some((position) => position.counted)
  return new TesseraError('vote/nothing-to-count', `no stake of ${holder} is left to count in period ${period}`, {
    hint: counted
      ? 'All of it is counted already'
      : `Stake counts if it was bonded before the period began at ${moment(startsAt)}; other operators may be meant`,
    context: { holder, period, positions },
  })
}
