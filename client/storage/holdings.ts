// Which leaves of a blob are here, for readers who choose whom to ask (transfer/bitfield.ts). Looked up in the store without reading leaves,
// and not more often than is cheap: an answer that is some seconds old costs its reader a 404 at most.

import type { Hex } from '@tessera/protocol/hex'
import { DAG_PB_CODEC } from './blobRef.ts'
import type { BlockStore } from './blockStore.ts'
import type { CarRoot } from './carStream.ts'
import { type ChildBlock, decodeBlock, sizeOfRoot } from './dagNode.ts'
import { type DagProfile, PROFILE, rootShape } from './dagShape.ts'
import { isContentFault } from './fault.ts'
import { Slots } from './slots.ts'
import type { Timer } from './timer.ts'
import { Bitfield } from './transfer/bitfield.ts'

/** A look at the store is good for so long, and for so many times as long as it took. */
const FRESH_MS = 2_000
const FRESH_PER_MS = 20
/** A blob that was here as a whole only ever goes as a whole. */
const WHOLE_FRESH_MS = 60_000
/** Answers kept. */
const KEPT = 64
/** Larger blobs than 1 TiB are not told of: 128 KiB of bits. */
const MAX_LEAVES = 2 ** 20

export interface HoldingsParts {
  readonly blocks: BlockStore
  readonly timer: Timer
  /** What a fetch under way has of a blob, which nobody has to look up: VerifiedFetcher.underWay. */
  readonly underWay?: ((root: Hex) => Uint8Array | undefined) | undefined
  readonly profile?: DagProfile | undefined
}

interface Known {
  readonly answer: Promise<Uint8Array | undefined>
  freshUntil: number
}

export class Holdings {
  readonly #parts: HoldingsParts
  readonly #known = new Map<Hex, Known>()
  /** One look at a time: it is many small questions to the disk. */
  readonly #looks = new Slots(1)

  constructor(parts: HoldingsParts) {
    this.#parts = parts
  }

  /** One bit for each leaf below the root; undefined when the root is not here, or is none. */
  of(root: CarRoot): Promise<Uint8Array | undefined> {
    const { timer, underWay } = this.#parts
    const now = underWay?.(root.digest)
    if (now !== undefined) return Promise.resolve(now)
    const known = this.#known.get(root.digest)
    if (known !== undefined && timer.now() < known.freshUntil) return known.answer
    return this.#look(root)
  }

  #look(root: CarRoot): Promise<Uint8Array | undefined> {
    const { timer } = this.#parts
    const looking = async (): Promise<Uint8Array | undefined> => {
      const leave = await this.#looks.acquire(1, NEVER)
      const began = timer.now()
      try {
        const field = await this.#fieldOf(root)
        const took = timer.now() - began
        known.freshUntil = timer.now() + (field?.isFull ? WHOLE_FRESH_MS : Math.max(FRESH_MS, FRESH_PER_MS * took))
        return field?.toBytes()
      } catch (error) {
        this.#known.delete(root.digest)
        throw error
      } finally {
        leave()
      }
    }
    const known: Known = { answer: Promise.resolve().then(looking), freshUntil: Infinity }
    this.#known.delete(root.digest)
    this.#known.set(root.digest, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest)
    return known.answer
  }

  async #fieldOf({ digest, codec }: CarRoot): Promise<Bitfield | undefined> {
    const { blocks, profile = PROFILE } = this.#parts
    if (codec !== DAG_PB_CODEC) {
      if ((await blocks.sizeOf(digest)) === undefined) return undefined
      const field = new Bitfield(1)
      field.set(0)
      return field
    }
    const bytes = await blocks.get(digest)
    const size = bytes && sizeOfRoot(bytes)
    if (size === undefined || Math.ceil(size / profile.leafBytes) > MAX_LEAVES) return undefined
    const field = new Bitfield(Math.ceil(size / profile.leafBytes))
    const shape = rootShape(size, profile)
    // So short that it would be a leaf itself.
    if (shape.height === 0) return undefined
    try {
      await this.#fill(field, { digest, shape }, 0)
    } catch (error) {
      // A tree of another profile: nothing that readers of ours would ask for.
      if (isContentFault(error)) return undefined
      throw error
    }
    return field
  }

  async #fill(field: Bitfield, { digest, shape }: ChildBlock, leaf: number): Promise<void> {
    const { blocks, profile = PROFILE } = this.#parts
    if (shape.height === 0) {
      if ((await blocks.sizeOf(digest)) === shape.size) field.set(leaf)
      return
    }
    const bytes = await blocks.get(digest)
    if (bytes === undefined) return
    let at = leaf
    for (const child of decodeBlock(bytes, shape, profile)) {
      await this.#fill(field, child, at)
      at += Math.ceil(child.shape.size / profile.leafBytes)
    }
  }
}

const NEVER = new AbortController().signal
