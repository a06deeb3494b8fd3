// `tessera vote set` and `tessera vote clear`: which runs the wallet's stake is for, from the next period of the emission on.

import { getBallot } from '@tessera/chain/actions/getBallot'
import { getEmission } from '@tessera/chain/actions/getEmission'
import { type Choice, vote } from '@tessera/chain/actions/vote'
import { pinned } from '@tessera/chain/pin'
import { TesseraError } from '@tessera/protocol/errors'
import { defineCommand, type Scene } from '../command.ts'
import { checkRun, foreignWarnings, managerOption } from '../runs.ts'
import { moment, percent, span } from '../texts.ts'
import { type Desk, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'
import { choicesText, MAX_CHOICES, parseChoices, sameChoices, sumOf, WHOLE } from '../votes.ts'

export const voteSet = defineCommand({
  name: 'vote set',
  summary: 'Says for which runs the stake of the wallet votes when new tokens are divided, from the next period on.',
  options: {
    for: {
      flag: 'for',
      env: 'TESSERA_VOTE_FOR',
      type: 'list',
      required: true,
      min: 1,
      max: MAX_CHOICES,
      description: 'Runs and their parts in percent, such as 1:60,2:40; a run alone gets all',
    },
    ...managerOption,
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { manager = desk.chain.deployment.runCoordinator } = options
    await transact(await planVote(desk, parseChoices(options.for, manager), scene), desk, options, scene)
  },
})

export const voteClear = defineCommand({
  name: 'vote clear',
  summary: 'Takes the vote of the wallet back, from the next period on.',
  options: moneyOptions,
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    await transact(await planVote(desk, [], scene), desk, options, scene)
  },
})

/** Errors: `run/unknown`, `vote/nothing-to-clear`. */
export async function planVote(
  { chain, account }: Desk,
  choices: readonly Choice[],
  { signal }: Pick<Scene, 'signal'>,
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
      hint: 'Nothing has to be done; --wallet names another wallet',
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
    'in each period its stake is counted only if somebody sees to it: `tessera vote count`',
    ...foreignWarnings(
      chain,
      choices.map(({ manager }) => manager),
    ),
  ]
}
