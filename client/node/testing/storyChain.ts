// @testonly A story as a chain whose logs are the story's events, block by block: for what follows a chain itself.

import { type Deployment, formatDeployment, parseDeployment } from '@tessera/chain/addresses'
import { logOf } from '@tessera/chain/events.fixture'
import { FakeChain, type FakeLog } from '@tessera/chain/fakeChain.fixture'
import { EVENT_NAMES, type RunEvent } from '@tessera/protocol/events'
import type { RunStory } from './runStory.ts'
import { COORDINATOR, NATIVE } from './storyParts.ts'

const CONTRACTS = ['runCoordinator', 'rewardEscrow', 'stakeVault'] as const

export class StoryChain {
  readonly chain = new FakeChain()
  readonly deployment: Deployment
  #mined = 0

  constructor() {
    const { deployment } = this.chain
    // With addresses in the form that a file gives them.
    this.deployment = parseDeployment(formatDeployment({ ...deployment, runCoordinator: COORDINATOR, token: NATIVE }))
  }

  /** Contents of the deployment file. */
  get file(): string {
    return formatDeployment(this.deployment)
  }

  /** Mines what has happened in the story since the last call. */
  mine(story: RunStory): void {
    for (const events of story.blocks.slice(this.#mined)) this.chain.mine(events.map((event) => this.#log(event)))
    this.#mined = story.blocks.length
  }

  /** Loses the blocks that the other story has not in common, and mines those that it has instead. */
  switchTo(story: RunStory, common: number): void {
    this.chain.lose(this.#mined - common)
    this.#mined = common
    this.mine(story)
  }

  #log({ name, ...args }: RunEvent): FakeLog {
    const contract = CONTRACTS.find((one) => EVENT_NAMES[one].some((known) => known === name))
    if (contract === undefined) throw new Error(`no contract emits ${name}`)
    return logOf(this.deployment, contract, name, args)
  }
}
