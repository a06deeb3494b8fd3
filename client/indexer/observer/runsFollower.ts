// The states of all runs at the newest block, from one reading of the contracts' logs. The rules are the protocol's; follow.ts of the
// chain does the same for one run.

import { ChainFold, type PollResult } from '@tessera/chain/chainFold'
import { type Chain, checkGenesis } from '@tessera/chain/clients'
import { concernsRun, decodeLog, followedAddresses } from '@tessera/chain/decodeLogs'
import type { RunEvent } from '@tessera/protocol/events'
import { initialState, type RunState } from '@tessera/protocol/runState'
import { transition } from '@tessera/protocol/transition'

interface Runs {
  /** What operators did before any run: a new run begins with it. */
  readonly common: RunState
  readonly runs: ReadonlyMap<bigint, RunState>
}

const KEEP_BLOCKS = 128
const RANGE_BLOCKS = 2_000

export class RunsFollower {
  readonly #chain: Chain
  readonly #fold: ChainFold<Runs>
  /** The chain may not be the one of the deployment. */
  #doubtful = false

  constructor(chain: Chain) {
    const { deployment } = chain
    this.#chain = chain
    this.#fold = new ChainFold({
      chain,
      addresses: followedAddresses(deployment),
      fromBlock: deployment.fromBlock,
      initial: { common: initialState(0n, deployment.runCoordinator, deployment.token), runs: new Map() },
      apply: (all: Runs, log): Runs => {
        const event = decodeLog(log, deployment)
        return event === undefined ? all : applyEvent(all, event)
      },
      keepBlocks: KEEP_BLOCKS,
      rangeBlocks: RANGE_BLOCKS,
    })
  }

  /**
   * The runs that were created, by number, as of the newest block. Not to be called again before it has returned.
   * @throws as RunFollower.poll
   */
  async poll(signal?: AbortSignal): Promise<readonly RunState[]> {
    const { current, reorg }: PollResult<Runs> = await this.#fold.poll(signal)
    // Nothing in common with what was there before: it may be another chain altogether.
    if (reorg !== undefined && reorg.to === undefined) this.#doubtful = true
    if (this.#doubtful) await checkGenesis(this.#chain, signal)
    this.#doubtful = false
    return [...current.state.runs.values()]
      .filter(({ params }) => params !== null)
      .sort((a, b) => (a.run < b.run ? -1 : 1))
  }
}

function applyEvent({ common, runs }: Runs, event: RunEvent): Runs {
  if (!('run' in event)) {
    const after = [...runs].map(([run, state]): [bigint, RunState] => [run, transition(state, event)])
    return { common: transition(common, event), runs: new Map(after) }
  }
  const { run } = event
  if (!concernsRun(event, run, common.coordinator)) return { common, runs }
  // Money may be given to a run before it is created.
  const state = runs.get(run) ?? { ...common, run }
  return { common, runs: new Map(runs).set(run, transition(state, event)) }
}
