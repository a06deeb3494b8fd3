// Which runs an account's stake is for, from the next period of the emission on.

import { TesseraError } from '@tessera/protocol/errors'
import { getBallot } from '../actions/getBallot.ts'
import { getEmission } from '../actions/getEmission.ts'
import { type Choice, vote } from '../actions/vote.ts'
import { pinned } from '../pin.ts'
import type { ReadOptions } from '../rpc.ts'
import { choicesText, sameChoices, sumOf, WHOLE } from './ballots.ts'
import type { Desk, Plan } from './plan.ts'
import { checkRun, foreignWarnings } from './runs.ts'
import { moment, percent, span } from './texts.ts'

/** Errors: `run/unknown`, `vote/nothing-to-clear`. */
export async function planVote(
  { chain, account }: Desk,
  choices: readonly Choice[],
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan> {
  const holder = account.address
  const at = await pinned(chain, { signal })
  for (const choice of choices) await checkRun(chain, choice, at)
  const { period, begun, startsAt, endsAt, now } = await getEmission(chain, at)
  // Before the first period a vote begins with that one.
  const [from, fromTime] = begun ? [period + 1n, endsAt] : [period, startsAt]
  const [present, pending] = await Promise.all([
    begun ? getBallot(chain, { holder, period }, at) : [],
    getBallot(chain, { holder, period: from }, at),
  ])
  if (choices.length === 0 && pending.length === 0)
    throw new TesseraError('vote/nothing-to-clear', `${holder} has no vote from period ${from} on`, {
      hint: 'Nothing has to be done',
      context: { holder, period: from },
    })
  const begins = `period ${from}, which begins at ${moment(fromTime)}, ${span(fromTime - now)} from now`
  return {
    intent:
      choices.length === 0
        ? `Take back the vote of ${holder}.`
        : `Let the stake of ${holder} vote for ${choicesText(chain, choices)}.`,
    afterwards: [`that counts from ${begins}`, `until then its vote is for ${choicesText(chain, present)}`],
    warnings: [...warningsOf(choices, { present, pending, chain })],
    facts: { holder, choices, from, fromTime, present, pending },
    requests: [vote(chain.deployment, { choices })],
  }
}

function warningsOf(
  choices: readonly Choice[],
  { chain, present, pending }: Pick<Desk, 'chain'> & Record<'present' | 'pending', readonly Choice[]>,
): readonly string[] {
  const left = WHOLE - sumOf(choices)
  const replaced = sameChoices(present, pending)
    ? []
    : [`a vote for ${choicesText(chain, pending)} would have counted from then on: this takes its place`]
  if (choices.length === 0) return replaced
  return [
    ...replaced,
    ...(left > 0 ? [`${percent(BigInt(left))} of its votes are for nobody`] : []),
    'in each period its stake is counted only if somebody sees to it, and anyone may',
    ...foreignWarnings(
      chain,
      choices.map(({ manager }) => manager),
    ),
  ]
}
