// The constants that every hashed or stored byte depends on: domain tags, limits, units. The table is in contracts/README.md.

import type { Hex } from './hex.ts'

export const TAG_RECORD_LEAF = 0x00
export const TAG_STATE_LEAF = 0x01
export const TAG_TREE_NODE = 0x02
export const TAG_CONTRIBUTION_COMMITMENT = 0x03
export const TAG_STATE_ROOT = 0x04
export const TAG_CONTRIBUTION_ROOT = 0x05
export const TAG_SCORE_COMMITMENT = 0x06
export const TAG_TRAIN_SEED = 0x07
export const TAG_TEST_SEED = 0x08
export const TAG_LEADER_SEED = 0x09
export const TAG_PERMUTATION = 0x0a
export const TAG_PROPOSAL = 0x0b
export const TAG_OVERLAP_SEED = 0x0c

/** Epochs that the coordinator keeps: one is not opened before the one this many earlier is settled. */
export const EPOCH_RING = 8n
/** Of the settled epochs, the last so many say how useful a miner is. */
export const USEFULNESS_EPOCHS = 4
/** Of a run's miners one in so many, rounded up, may be replaced in an epoch. */
export const REPLACED_OF = 8

/** Entries of a full chunk. */
export const CHUNK = 4096
/** Slots of a run: bitmaps of miners have at most this many bits. */
export const MAX_MINERS = 256
/** Contributions that a round can include: what the arithmetic of the update rule has room for. */
export const MAX_INCLUDED = 64
/** Units of a state entry per 1.0 (Q24). */
export const STATE_SCALE = 2 ** 24
export const INT32_MAX = 2 ** 31 - 1
export const INT32_MIN = -(2 ** 31)
/** The largest score of one validator for one miner. */
export const SCORE_MAX = 65535
/** Shares are in basis points. */
export const BPS = 10_000n
/** Shares of a pot are in 2^-64: all of one. */
export const WHOLE = 2n ** 64n
/** Outer rate of at most 2.0 in Q16. */
export const MAX_RATE_Q16 = 2 * 65536
/** Clip factor in Q8, as it fits a uint16. */
export const MAX_CLIP_Q8 = 65535

export const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`
export const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`
