// A decoded contribution held against what the chain says of it: header and root. Whoever fetched it has checked address and encoding;
// judging its worth is the validator's business.

import { type Contribution, contributionRoot, recordsTree } from './contribution.ts'
import { checkHeader } from './contributionHeader.ts'
import { isTesseraError } from './errors.ts'
import type { Sha256 } from './hash.ts'
import { bytesToHex, type Hex } from './hex.ts'
import type { Manifest } from './manifest.ts'
import type { Revealed } from './runView.ts'

export type Verdict =
  | { readonly kind: 'valid'; readonly contribution: Contribution; readonly recordsRoot: Hex; readonly bytes: number }
  | { readonly kind: 'fault'; readonly reason: 'malformed' | 'wrong-header'; readonly detail: string }

export interface RevealedContext {
  readonly manifest: Pick<Manifest, 'training'>
  /** The portable one if not given. */
  readonly sha256?: Sha256
}

/** Every deviation from what the chain says is a fault of the author, with the code of the rule that was broken. */
export function checkRevealed(
  contribution: Contribution,
  revealed: Revealed,
  { manifest, sha256 }: RevealedContext,
): Verdict {
  try {
    checkHeader(contribution.header, {
      run: revealed.run,
      round: revealed.round,
      miner: revealed.operator,
      baseRoot: manifest.training.overlap ? revealed.overlappedBaseRoot : revealed.baseRoot,
      maxInnerSteps: manifest.training.steps,
      batch: manifest.training.batch,
    })
  } catch (error) {
    // Anything else is a defect here and not the author's.
    if (!isTesseraError(error)) throw error
    return { kind: 'fault', reason: 'wrong-header', detail: error.code }
  }
  const { root } = recordsTree(contribution)
  if (contributionRoot(contribution, root, sha256) !== revealed.contributionRoot)
    return { kind: 'fault', reason: 'wrong-header', detail: 'contribution/root-mismatch' }
  return { kind: 'valid', contribution, recordsRoot: bytesToHex(root), bytes: contribution.blob.length }
}
