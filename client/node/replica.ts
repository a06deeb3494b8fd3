// A node's own copy of the shared state: it starts at the genesis, folds in the included contributions of each final round,
// and holds the result against the root on chain. The last few states are on disk, so that a restart or a chain that lost
// blocks costs a step back and not a replay. Fetching is the caller's.

import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { readFileLimited } from '@tessera/agent/limitedFile'
import type { AggregationParams } from '@tessera/protocol/aggregate'
import type { Contribution } from '@tessera/protocol/contribution'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { StateLayout } from '@tessera/protocol/layout'
import type { FinalRound } from '@tessera/protocol/runView'
import { decodeState, encodeState, genesisRoot, stateRoot, stateTree } from '@tessera/protocol/state'
import { toFloat } from '@tessera/training/parameters'
import type { CodecPool } from './codecPool/pool.ts'
import { nativeSha256 } from './nativeSha256.ts'

export interface ReplicaOptions {
  readonly run: bigint
  readonly folder: string
  readonly layout: StateLayout
  readonly aggregation: AggregationParams
  /** Aggregates; the caller closes it. */
  readonly codec: CodecPool
  /** The genesis state, already checked against its digest. */
  readonly genesis: Int32Array
  /** The root that the chain names for it. */
  readonly genesisRoot: Hex
  /** How many of the last states stay on disk. */
  readonly keep: number
}

/** Of the round's number in a file name, so that names sort by round. */
const ROUND_DIGITS = 10

interface Held {
  readonly round: bigint
  readonly root: Hex
  readonly state: Int32Array
}

interface Preview extends Held {
  readonly parentRoot: Hex
}

export class Replica {
  readonly #options: ReplicaOptions
  #held: Held
  #float: Float32Array | undefined
  #preview: Preview | undefined
  /** Memory of a state that nobody looks at any more, for the next one. */
  #spare: Int32Array | undefined
  /** Previews under way, which read the state that they started from. */
  #reading = 0

  private constructor(options: ReplicaOptions) {
    this.#options = options
    this.#held = { round: 0n, root: options.genesisRoot, state: options.genesis }
  }

  /** Opens the folder and checks the genesis. Errors: `replica/genesis-mismatch`. */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const root = genesisRoot(options.genesis, options.layout, { sha256: nativeSha256 })
    if (root !== options.genesisRoot) {
      throw new TesseraError(
        'replica/genesis-mismatch',
        `the genesis state has root ${root}, the run names ${options.genesisRoot}`,
        {
          hint: 'The creator of the run published a state that is not the one it registered; do not take part',
          context: { root, expected: options.genesisRoot },
        },
      )
    }
    await mkdir(options.folder, { recursive: true })
    return new Replica(options)
  }

  /** The round that the present state is the result of; 0 is the genesis. */
  get round(): bigint {
    return this.#held.round
  }

  get root(): Hex {
    return this.#held.root
  }

  /** The present state, int32 in units of 2^-24. Not to be written to, nor kept when the replica moves on. */
  get state(): Int32Array {
    return this.#held.state
  }

  /** The present parameters as floats. Not to be written to. */
  get parameters(): Float32Array {
    this.#float ??= toFloat(this.#held.state)
    return this.#float
  }

  /**
   * The state and root after `round`, were these contributions included. The last result is kept, so that a round that was
   * proposed and then became final is computed once.
   */
  async preview(round: bigint, contributions: readonly Contribution[]): Promise<Preview> {
    const { layout, aggregation: params, run, codec } = this.#options
    // While the threads work, another round may come to be held.
    const { state: before, root: parentRoot } = this.#held
    const into = this.#takeSpare()
    this.#reading++
    let state: Int32Array
    try {
      state = await codec.aggregate({ state: before, contributions, layout, params, into })
    } finally {
      this.#reading--
    }
    const treeRoot = stateTree(state, layout, { sha256: nativeSha256 }).root
    const root = stateRoot({ run, round, parentRoot, treeRoot })
    this.#preview = { round, root, state, parentRoot }
    return this.#preview
  }

  /**
   * The first round of `lineage` that is still to be applied; steps back first if the present state is not in it.
   * Undefined when there is none.
   */
  async next(lineage: readonly FinalRound[]): Promise<FinalRound | undefined> {
    const last = lineage.at(-1)
    if ((last?.root ?? this.#options.genesisRoot) === this.#held.root) return undefined
    if (!(await this.#standOn(lineage))) return lineage[0]
    const index = lineage.findIndex((final) => final.root === this.#held.root)
    return lineage[index + 1]
  }

  /** Moves on to the state after `final`. Errors: `replica/root-mismatch`, `replica/not-next`. */
  async apply(final: FinalRound, contributions: () => Promise<readonly Contribution[]>): Promise<void> {
    if (final.parentRoot !== this.#held.root) {
      throw new TesseraError(
        'replica/not-next',
        `round ${final.round} follows ${final.parentRoot}, held is ${this.#held.root}`,
        {
          retryable: true,
          hint: 'Another round became final meanwhile, or the chain lost blocks; the next look decides',
        },
      )
    }
    const known = this.#preview
    const isKnown = known?.root === final.root && known.parentRoot === this.#held.root
    const next = isKnown ? known : await this.preview(final.round, await contributions())
    if (next.root !== final.root) {
      throw new TesseraError(
        'replica/root-mismatch',
        `round ${final.round}: computed ${next.root}, the chain has ${final.root}`,
        {
          hint: 'Two thirds of the stake attested a root that the included contributions do not give; keep the data folder as evidence and report it',
          context: { round: final.round, computed: next.root, attested: final.root },
        },
      )
    }
    this.#hold({ round: final.round, root: final.root, state: next.state })
    await writeFileAtomic(this.#path(final.round, final.root), encodeState(next.state))
    await this.#prune(final)
  }

  /** A copy of a state that is still held or on disk, by its root; undefined if it is not. */
  async stateAt(root: Hex, lineage: readonly FinalRound[]): Promise<Int32Array | undefined> {
    if (root === this.#held.root) return sharedCopyOf(this.#held.state)
    if (root === this.#options.genesisRoot) return this.#options.genesis
    const final = lineage.find((past) => past.root === root)
    return final === undefined ? undefined : await this.#load(final)
  }

  #hold(held: Held): void {
    const { state: last } = this.#held
    this.#held = held
    this.#float = undefined
    this.#preview = undefined
    const isFree = this.#reading === 0 && last !== held.state && last !== this.#options.genesis
    this.#spare = isFree ? last : undefined
  }

  #takeSpare(): Int32Array | undefined {
    const spare = this.#spare
    this.#spare = undefined
    return spare
  }

  /** Makes the newest state that is both held (or on disk) and in the lineage the present one. False: it is the genesis. */
  async #standOn(lineage: readonly FinalRound[]): Promise<boolean> {
    if (lineage.some((final) => final.root === this.#held.root)) return true
    for (const final of lineage.toReversed()) {
      const state = await this.#load(final)
      if (state !== undefined) {
        this.#hold({ round: final.round, root: final.root, state })
        return true
      }
    }
    const { genesisRoot, genesis } = this.#options
    // Holding it anew would lose what was previewed on it.
    if (this.#held.root !== genesisRoot) this.#hold({ round: 0n, root: genesisRoot, state: genesis })
    return false
  }

  /** A state on disk, checked against its root: a damaged file counts as none and is removed. */
  async #load(final: FinalRound): Promise<Int32Array | undefined> {
    const { layout, run } = this.#options
    const path = this.#path(final.round, final.root)
    try {
      const state = decodeState(await readFileLimited(path, 4 * layout.parameters), layout)
      const treeRoot = stateTree(state, layout, { sha256: nativeSha256 }).root
      if (stateRoot({ run, round: final.round, parentRoot: final.parentRoot, treeRoot }) === final.root) return state
    } catch (error) {
      if (isTesseraError(error, 'file/missing')) return undefined
      if (!isTesseraError(error, 'state/length') && !isTesseraError(error, 'file/too-large')) throw error
    }
    await rm(path, { force: true })
    return undefined
  }

  #path(round: bigint, root: Hex): string {
    return join(this.#options.folder, `${String(round).padStart(ROUND_DIGITS, '0')}-${root.slice(2)}.state`)
  }

  /** Leaves the last states. Another one of this round or of a later one is of a chain that is gone. */
  async #prune(newest: FinalRound): Promise<void> {
    const { folder, keep } = this.#options
    const own = basename(this.#path(newest.round, newest.root))
    const files = (await readdir(folder)).filter((name) => name.endsWith('.state') && name !== own).sort()
    const gone = files.filter((name) => name.slice(0, ROUND_DIGITS) >= own.slice(0, ROUND_DIGITS))
    const older = files.slice(0, files.length - gone.length)
    const surplus = older.slice(0, Math.max(0, older.length - (keep - 1)))
    for (const name of [...surplus, ...gone]) await rm(join(folder, name), { force: true })
  }
}

/** In shared memory, where the codec's threads need no copy of their own. */
function sharedCopyOf(state: Int32Array): Int32Array {
  const copy = new Int32Array(new SharedArrayBuffer(state.byteLength))
  copy.set(state)
  return copy
}
