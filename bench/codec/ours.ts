// Our side of the codec benchmark: what a miner does with its update and what every node does with a round's blobs.

import { CodecPool } from '@tessera/node/codecPool/pool'
import { nativeSha256 } from '@tessera/node/nativeSha256'
import { contributionRoot, decodeContribution, recordOf } from '@tessera/protocol/contribution'
import { createLayout, type StateLayout } from '@tessera/protocol/layout'
import { highsOf } from '@tessera/protocol/recordShape'
import { STATE_SCALE, ZERO_ADDRESS, ZERO_HASH } from '@tessera/protocol/tags'
import { sizeOf } from './gradients.ts'

/** As in the run that the bits and rates are promised for. */
export const CODEC = { chunkSize: 4096, k: 64 } as const
const HEADER = { run: 1n, round: 1n, miner: ZERO_ADDRESS, innerSteps: 1, samples: 1, baseRoot: ZERO_HASH } as const
const RULE = { clipQ8: 256, rateQ16: 98_304 } as const
/** As the peer's. */
const FEEDBACK = 0.95

export class OurCodec {
  readonly layout: StateLayout
  readonly #pool: CodecPool
  /** In memory that the pool's threads share, as what the round before came to is. */
  readonly #state: Int32Array
  /** Of the state before that, for the next one, as a replica has it. */
  readonly #next: Int32Array
  /** In such memory as well, as a miner keeps it. */
  readonly #feedback: Float32Array

  constructor(shapes: readonly (readonly number[])[], threads: number) {
    this.layout = createLayout(shapes.map(sizeOf), CODEC.chunkSize)
    this.#pool = new CodecPool({ workers: threads })
    this.#state = new Int32Array(new SharedArrayBuffer(4 * this.layout.parameters))
    this.#next = new Int32Array(new SharedArrayBuffer(4 * this.layout.parameters))
    this.#feedback = new Float32Array(new SharedArrayBuffer(4 * this.layout.parameters))
  }

  /**
   * The blob of an update on top of the feedback, with its root computed; the feedback is kept.
   * @param values in shared memory, as a miner has them; they are copied otherwise.
   */
  async encode(values: Float32Array): Promise<Uint8Array> {
    const delta = { values, decay: FEEDBACK }
    const request = { update: this.#feedback, delta, layout: this.layout, codec: CODEC, header: HEADER }
    const { contribution, recordsRoot } = await this.#pool.compress(request)
    contributionRoot(contribution, recordsRoot, nativeSha256)
    return contribution.blob
  }

  clearFeedback(): void {
    this.#feedback.fill(0)
  }

  /** The next state by blobs that nobody has looked at yet: each is checked on its own, as a bad one must not spoil the others. */
  async aggregate(blobs: readonly Uint8Array[]): Promise<Int32Array> {
    const context = { layout: this.layout, codec: CODEC }
    const contributions = await Promise.all(blobs.map((blob) => this.#pool.decode(blob, context)))
    const request = { state: this.#state, contributions, layout: this.layout, params: RULE, into: this.#next }
    return await this.#pool.aggregate(request)
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  /** Relative L2 error of what `blob` says of the entries that it keeps of `update`. */
  quantisationError(blob: Uint8Array, update: Float32Array): number {
    const contribution = decodeContribution(blob, { layout: this.layout, codec: CODEC })
    let error = 0
    let total = 0
    for (const chunk of this.layout.chunks) {
      const { hi, indices, lo, signs } = recordOf(contribution, chunk)
      const highs = highsOf(indices.length)
      for (const [i, place] of indices.entries()) {
        const said = ((signs[i] as number) * (i < highs ? hi : lo)) / STATE_SCALE
        const value = update[chunk.offset + place] as number
        error += (value - said) ** 2
        total += value ** 2
      }
    }
    return Math.sqrt(error / total)
  }
}
