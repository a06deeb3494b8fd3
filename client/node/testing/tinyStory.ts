// @testonly The tiny run as a story: rounds whose contributions are real, so that the roots on its chain are those that the
// protocol gives.

import { aggregate } from '@tessera/protocol/aggregate'
import type { Hex } from '@tessera/protocol/hex'
import { chunkRulesOf } from '@tessera/protocol/manifest'
import { stateRoot, stateTree } from '@tessera/protocol/state'
import type { BlobStore } from '@tessera/storage/blobStore'
import { nativeSha256 } from '../nativeSha256.ts'
import { RunStory } from './runStory.ts'
import { RUN, type StoryOptions } from './storyParts.ts'
import { type ContributionRequest, type MadeContribution, makeContribution, type TinyRun, tinyRun } from './tinyRun.ts'

export class TinyStory {
  readonly story: RunStory
  /** By round and slot. */
  readonly made = new Map<string, MadeContribution>()
  readonly #tiny: TinyRun
  readonly #states: Map<Hex, Int32Array>
  /** Where contributions are put as they are made. */
  #store: BlobStore | undefined

  private constructor(tiny: TinyRun, story: RunStory, states: Map<Hex, Int32Array>, store: BlobStore | undefined) {
    this.#tiny = tiny
    this.story = story
    this.#states = states
    this.#store = store
  }

  static async begin(options: StoryOptions & { readonly store?: BlobStore } = {}): Promise<TinyStory> {
    const tiny = await tinyRun()
    const genesisRoot = tiny.manifest.genesis.root
    const chunks = chunkRulesOf(tiny.manifest)
    const story = new RunStory({ ...options, params: { genesisRoot, chunks, ...options.params } })
    return new TinyStory(tiny, story, new Map([[genesisRoot, tiny.bundle.genesis]]), options.store)
  }

  /** The same up to here; what follows has other seeds. */
  fork(chain: string): TinyStory {
    const other = new TinyStory(this.#tiny, this.story.fork(chain), this.#states, this.#store)
    for (const [key, made] of this.made) other.made.set(key, made)
    return other
  }

  /** The state that a root of this story stands for. */
  stateOf(root: Hex): Int32Array {
    const state = this.#states.get(root)
    if (state === undefined) throw new Error(`no state of this story has root ${root}`)
    return state
  }

  /** A contribution of the miner in `slot` to the present round, put into the store. */
  async contribute(slot: number, seed: number, more: Partial<ContributionRequest> = {}): Promise<MadeContribution> {
    const { id: round, parentRoot: baseRoot, minerOperators } = this.story.round
    const miner = minerOperators.get(slot)
    if (miner === undefined) throw new Error(`slot ${slot} takes no part in round ${round}`)
    const made = await makeContribution({ round, miner, baseRoot, seed, ...more })
    await this.#store?.put(made.blob, { round: Number(round), maxBytes: 2 ** 20 })
    this.made.set(`${round}/${slot}`, made)
    return made
  }

  /**
   * Opens a round in which each of these slots, in this order, commits and reveals a contribution made from its seed; up to the
   * first leader.
   */
  async toAttest(seeds: readonly (readonly [slot: number, seed: number])[]): Promise<this> {
    const { story } = this
    story.openRound()
    for (const [slot, seed] of seeds) story.commit(slot, (await this.contribute(slot, seed)).opening)
    if (seeds.length < story.round.minerOperators.size) story.callCommits()
    story
      .openReveal()
      .reveal(...seeds.map(([slot]) => slot))
      .drawLeader()
    return this
  }

  /** The root after including what these slots sent to the present round. */
  rootOf(slots: readonly number[]): Hex {
    const { id: round, parentRoot } = this.story.round
    if (slots.length === 0) return parentRoot
    const contributions = slots.map((slot) => {
      const made = this.made.get(`${round}/${slot}`)
      if (made === undefined) throw new Error(`slot ${slot} sent nothing to round ${round}`)
      return made.contribution
    })
    const { layout, manifest } = this.#tiny
    const state = aggregate(this.stateOf(parentRoot), contributions, layout, manifest.aggregation)
    const treeRoot = stateTree(state, layout, { sha256: nativeSha256 }).root
    const root = stateRoot({ run: RUN, round, parentRoot, treeRoot })
    this.#states.set(root, state)
    return root
  }

  propose(slots: readonly number[]): this {
    this.story.propose(slots, this.rootOf(slots))
    return this
  }

  /** A whole round in which everything is included; another seed for each slot and round. */
  async finalRound(slots: readonly number[] = [0, 1]): Promise<this> {
    const round = Number(this.story.state.round?.id ?? 0n) + 1
    await this.toAttest(slots.map((slot) => [slot, 1000 * round + slot]))
    this.propose(slots).story.finalize()
    return this
  }
}
