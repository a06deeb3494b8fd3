// How long a round's exchange of blobs takes, calculated from sizes and links alone, and what share of the time is left for training.
// Pure arithmetic: bench.ts holds it against what was measured, then asks it about sizes that no machine here can play.

const MEGABIT = 1e6
/** TCP's share of an IP packet of 1,500 bytes, with timestamps: 1,448. */
const GOODPUT = 1_448 / 1_500
/** Acknowledgements use the other direction: 52 bytes for every second packet. */
const ACK_SHARE = 52 / (2 * 1_500)

/** Of one kind of node: how many of them, and the links of each in Mb/s; null for no limit. */
export interface NodeClass {
  readonly count: number
  readonly upMbps: number | null
  readonly downMbps: number | null
  /** Blobs that each puts up: 1 for a contributor, 0 for who only fetches and passes on. */
  readonly blobs: 0 | 1
}

export interface Exchange {
  readonly blobBytes: number
  readonly classes: readonly NodeClass[]
}

/** What binds: a class's download, the slowest author's upload of one copy, or the upload of all together. */
export type Limit = 'download' | 'first copy' | 'upload of all'

export interface Bound {
  readonly seconds: number
  readonly limit: Limit
}

/**
 * The least time in which everybody can have everything, if whatever has arrived anywhere may be passed on at once: no link is asked for
 * more than its rate, and every author must send its blob once. Blocks are small beside blobs, so that it can nearly be reached (Mundinger,
 * Weber and Weiss 2008).
 */
export function leastTime({ blobBytes, classes }: Exchange): Bound {
  const bits = 8 * blobBytes
  const blobs = classes.reduce((sum, kind) => sum + kind.count * kind.blobs, 0)
  const wanted = ({ blobs: own }: NodeClass): number => (blobs - own) * bits
  const bounds: Bound[] = classes.flatMap((kind) => [
    { limit: 'download', seconds: wanted(kind) / usable(kind.downMbps) },
    { limit: 'first copy', seconds: (kind.blobs * bits) / usable(kind.upMbps) },
  ])
  // What all have to receive is what all have to send. Acknowledgements of what comes in go the same way out.
  const demand = classes.reduce((sum, kind) => sum + kind.count * wanted(kind), 0)
  const supply = classes.reduce((sum, kind) => sum + kind.count * usable(kind.upMbps), 0)
  bounds.push({ limit: 'upload of all', seconds: (demand * (1 + ACK_SHARE)) / supply })
  return bounds.reduce((worst, bound) => (bound.seconds > worst.seconds ? bound : worst))
}

/** The reference: the whole blob into a bucket without limits, and only then all others out of it. */
export function bucketTime({ blobBytes, classes }: Exchange): number {
  const bits = 8 * blobBytes
  const contributors = classes.filter((kind) => kind.blobs === 1)
  const blobs = contributors.reduce((sum, kind) => sum + kind.count, 0)
  const up = Math.max(...contributors.map((kind) => bits / usable(kind.upMbps)))
  const down = Math.max(...contributors.map((kind) => ((blobs - 1) * bits) / usable(kind.downMbps)))
  return up + down
}

/** Bits of a blob that pass a link in a second. */
function usable(mbps: number | null): number {
  return mbps === null ? Number.POSITIVE_INFINITY : mbps * MEGABIT * GOODPUT
}

/** Seconds of the parts of a round. */
export interface RoundPlan {
  readonly train: number
  /** Encoding an update and putting it where others can fetch it. */
  readonly encode: number
  /** Until all commitments are in a block: from then on blobs may be named, and with overlap the next round may train. */
  readonly commit: number
  /** Until everybody has all blobs. */
  readonly transfer: number
  /** Checking contributions, applying them, and the root of the result. */
  readonly apply: number
  /** Blocks of the other steps, one after the other: reveal, propose, attest. */
  readonly settle: number
  /** Whether the next round trains on what was settled before while blobs move. */
  readonly overlap: boolean
}

export interface RoundTime {
  /** From one round's start of training to the next one's. */
  readonly period: number
  /** Share of it that is training. */
  readonly utilisation: number
}

/** In sequence everything adds up. With overlap a round is settled while the next one trains: whichever takes longer sets the pace. */
export function roundTime({ apply, commit, encode, overlap, settle, train, transfer }: RoundPlan): RoundTime {
  const training = train + encode + commit
  const settling = transfer + apply + settle
  const period = overlap ? Math.max(training, settling) : training + settling
  return { period, utilisation: train / period }
}

/** Upload in Mb/s that seeds must add so that contributors have all within `seconds`; 0 if none is needed, Infinity if none would do. */
export function seedUpload({ blobBytes, classes }: Exchange, seconds: number): number {
  const enough = (mbps: number): boolean => {
    const seed: NodeClass = { count: 1, upMbps: mbps, downMbps: null, blobs: 0 }
    const all = mbps === 0 ? classes : [...classes, seed]
    return leastTime({ blobBytes, classes: all }).seconds <= seconds
  }
  if (enough(0)) return 0
  if (!enough(1e9)) return Number.POSITIVE_INFINITY
  let [low, high] = [0, 1e9]
  // To a megabit in a thousand, whatever the size.
  while (high - low > Math.max(1, low / 1_000)) {
    const middle = (low + high) / 2
    if (enough(middle)) high = middle
    else low = middle
  }
  return high
}
