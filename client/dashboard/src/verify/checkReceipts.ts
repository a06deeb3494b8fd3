// The step that fetches validators' receipts and works their scores out again. Whether what a validator measured is true is for the
// others' receipts to tell: this shows that its scores follow from what it says it measured.

import { isTesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import { hexToBytes } from '@tessera/protocol/hex'
import { decodeReceipts, MAX_RECEIPTS_BYTES, verifyReceipts } from '@tessera/protocol/receipt'
import type { EpochState, OpenedScores, RunState } from '@tessera/protocol/runState'
import { decodeScores } from '@tessera/protocol/scoreCommitment'
import { addressOf } from '@tessera/storage/importer'
import { type Evidence, TAMPERED } from './evidence.ts'
import type { Finder } from './stepLog.ts'
import { counted } from './words.ts'

export interface EpochScene {
  readonly evidence: Evidence
  readonly state: RunState
  readonly params: RunParams
  readonly epoch: EpochState
  readonly signal: AbortSignal
}

const INCONSISTENT =
  'The validator did not score by the rules. Its vote on its own scores weighs as much as its stake: look whether others agree'

export async function checkReceipts(find: Finder, scene: EpochScene, slots: readonly number[]): Promise<void> {
  for (const [index, slot] of slots.entries()) {
    find.progress(index, slots.length, 'receipts')
    const opened = scene.epoch.opened.get(slot)
    if (opened !== undefined) await checkOne(find, scene, opened)
  }
  if (slots.length === 0) find.skip('No validator revealed scores in this epoch, so there are no receipts')
  else find.says(`receipts of ${counted(slots.length, 'validator')}`)
}

async function checkOne(find: Finder, scene: EpochScene, opened: OpenedScores): Promise<void> {
  const { evidence, state, params, epoch, signal } = scene
  const { slot, operator, receiptsDigest: digest, receiptsSize } = opened
  const who = `validator ${slot}`
  find.at(who)
  const ref = { digest, size: Number(receiptsSize) }
  const bytes = await evidence.readBlob({ ref, state, author: operator, maxBytes: MAX_RECEIPTS_BYTES, signal })
  find.compare(`${who}: digest of its receipts`, (await addressOf(bytes)).digest, digest, TAMPERED)
  const receipts = decodeReceipts(bytes)
  find.compare(`${who}: run of its receipts`, state.run, receipts.run, INCONSISTENT)
  find.compare(`${who}: epoch of its receipts`, epoch.id, receipts.epoch, INCONSISTENT)
  find.compare(`${who}: author of its receipts`, operator, receipts.validator, INCONSISTENT)
  find.compare(
    `${who}: scores from its receipts`,
    consistency(() => verifyReceipts(receipts)),
    'consistent',
    INCONSISTENT,
  )
  const revealed = decodeScores(hexToBytes(opened.scores), params.maxMiners)
  for (const { slot: miner, score, operator: of } of receipts.miners) {
    const name = `${who}: score of miner ${miner}, ${of}`
    find.compare(name, score, revealed[miner] ?? null, INCONSISTENT)
    revealed[miner] = 0
  }
  const others = revealed.findIndex((score) => score !== 0)
  find.compare(`${who}: scored without a receipt`, others < 0 ? 'nobody' : `miner ${others}`, 'nobody', INCONSISTENT)
}

function consistency(check: () => void): string {
  try {
    check()
    return 'consistent'
  } catch (error) {
    if (isTesseraError(error, 'receipt/inconsistent')) return error.message
    throw error
  }
}
