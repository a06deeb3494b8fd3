// `tessera vote set` and `tessera vote clear`: which runs the wallet's stake is for, from the next period of the emission on.

import { MAX_CHOICES } from '@tessera/chain/plans/ballots'
import { planVote } from '@tessera/chain/plans/vote'
import { defineCommand } from '../command.ts'
import { managerOption } from '../runs.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'
import { parseChoices } from '../votes.ts'

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
