// Every number of a transfer's reading side, with its unit and its reason. Those of the serving side: gatewayLimits.ts.

export interface TransferLimits {
  /**
   * Bytes that all fetches of a store together may have under way. At 500 Mb/s and 100 ms to and fro 6 MB would fill the line; the rest
   * covers sources that are slow or do not answer. It is also the most memory that blocks take while they arrive.
   */
  readonly bytesInFlight: number
  /** Blocks asked of one source at a time, at first. A second one keeps the line busy while the first answer ends. */
  readonly firstWindow: number
  /** The most that may become while blocks come quickly. */
  readonly maxWindow: number
  /** A block that took less lets the window grow: the source has room, and waiting for the next request would waste it. */
  readonly quickMs: number
  /** A block that took more lets it shrink: more requests would only share what the source has. */
  readonly lateMs: number
  /** No byte for so long is a fault. A busy gateway of ours answers or refuses sooner (gatewayLimits.ts). */
  readonly stallMs: number
  /** Fewer bytes a second, over `floorMs`, is a fault: 16 KiB/s is a link of 110 Mb/s shared by 800 requests. */
  readonly floorBytesPerSecond: number
  readonly floorMs: number
  /** First wait before a source that failed is asked again for this blob; doubles with each incident in a row. */
  readonly backoffMs: number
  readonly maxBackoffMs: number
  /** Incidents in a row after which a source rests; when all rest, the fetch has failed. */
  readonly faultsToRest: number
  /** First rest; doubles. */
  readonly restMs: number
  readonly maxRestMs: number
  /** First wait before a source that has not got a block yet is asked for it again; doubles. */
  readonly missMs: number
  readonly maxMissMs: number
  /** Answers "not here", one after the other, after which a source is of no use to this fetch. With the waits above: 11.5 s. */
  readonly missesToGiveUp: number
  /** Answers "busy", one after the other, after which a source is of no use to this fetch. */
  readonly busiesToGiveUp: number
  /** The longest wait that a busy source can ask for. */
  readonly maxBusyMs: number
  /** How often a peer is asked what it has of a blob; half of it after the beginning for the first time: it may have something then. */
  readonly haveEveryMs: number
  /** Between two such questions of one blob. Twenty blobs then send 80 a second, which are 40 kB/s. */
  readonly haveGapMs: number
  /** Such questions under way, of all blobs: some wait for peers that do not answer. */
  readonly haveAtOnce: number
  /** The slowest of the last blocks are asked for elsewhere, too: at most so many of a blob... */
  readonly endgameBlocks: number
  /** ...none before it has taken so long, and again after as long... */
  readonly endgameMs: number
  /** ...and of no more sources at a time than these. What a copy has brought when another is first is wasted. */
  readonly endgameCopies: number
  /** Sources looked at; the rest of a longer list is ignored. */
  readonly maxSources: number
}

export const FETCH_LIMITS: TransferLimits = {
  bytesInFlight: 32 * 2 ** 20,
  firstWindow: 2,
  maxWindow: 8,
  quickMs: 1_000,
  lateMs: 4_000,
  stallMs: 5_000,
  floorBytesPerSecond: 16 * 2 ** 10,
  floorMs: 10_000,
  backoffMs: 100,
  maxBackoffMs: 1_000,
  faultsToRest: 3,
  restMs: 2_000,
  maxRestMs: 15_000,
  missMs: 500,
  maxMissMs: 4_000,
  missesToGiveUp: 6,
  busiesToGiveUp: 20,
  maxBusyMs: 4_000,
  haveEveryMs: 2_000,
  haveGapMs: 250,
  haveAtOnce: 32,
  endgameBlocks: 8,
  endgameMs: 1_000,
  endgameCopies: 4,
  maxSources: 64,
}
