// Whoever acts last in a phase moves the run on in the same transaction, so that nobody waits for somebody's look at the chain.

import { withAdvance } from '@tessera/chain/actions/withAdvance'
import type { Deployment } from '@tessera/chain/addresses'
import type { TransactionRequest } from '@tessera/chain/request'
import { type SlotAction, wouldEnd } from '@tessera/protocol/phaseEnd'
import type { RunState } from '@tessera/protocol/runState'

/**
 * The request of an action, with the step to the next phase behind it if the action ends its phase as far as the state shows. Two that
 * act last in one block do not see each other; then the keeper takes the step.
 */
export function endingPhase(
  deployment: Deployment,
  state: RunState,
  request: TransactionRequest,
  action: SlotAction,
): TransactionRequest {
  if (!wouldEnd(state, action)) return request
  const { run } = state
  return withAdvance(deployment, request, action.kind === 'commitScores' ? { run, epoch: action.epoch } : { run })
}
