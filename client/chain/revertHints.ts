// What to do when the contracts refuse, by the name of their custom error; for those where the name and its arguments do not say it.

export const HINTS: Readonly<Record<string, string>> = {
  RunWrongPhase: 'The run has gone on since it was looked at: look again',
  RunWrongRound: 'The run has gone on since it was looked at: look again',
  RunPastDeadline: 'It came too late: the phase is over, though nobody has advanced the run yet',
  RunNotDue: 'There is nothing to do now: somebody else was faster, or the phase still waits for a member',
  RunNotClosable: 'Only a run that has ended, or that is idle and has no members, gives its deposit back',
  RunSourceUnfit:
    'Name a sponsorship in the run’s own token whose next pot is at least the run’s least; a run that grants pay, or whose present one serves, needs none',
  RunFull: 'Wait until a slot is free; as a miner, replace the least useful one',
  RunNotFull: 'There is a free slot: join instead',
  RunNotReplaceable: 'Name a miner that stays and is past its protection',
  RunNotLeastUseful: 'Name the miner in the last slot of the error: it was of less use',
  RunTooManyReplaced: 'Try again in the next epoch of the run',
  RunNotOperator: 'Sign with the operator’s own key: its delegate may act in rounds only',
  RunNotActor: 'Sign with the operator’s delegate, or with its own key if it has none, and name its slot',
  RunNotShort: 'The operator’s stake covers its locks: nobody has to wait for it',
  RunNotReleasable: 'A member is released when it has left and all its epochs are settled',
  RunCommitmentMismatch: 'What is opened is not what was committed: salt, slot and contents must be the same',
  RunProposalMismatch: 'The leader’s proposal is another one by now: look at the run again',
  EpochNotDue: 'There is nothing to do now: somebody else was faster, or a validator is still waited for',
  EpochUnknown: 'The coordinator knows the last eight epochs; what was earned in earlier ones can still be claimed',
  RewardEscrowEpochNotSettled: 'Pay can be claimed once the epoch is settled',
  RewardEscrowOverdrawn: 'The coordinator says more was earned than it settled: it does not keep to the rules',
  StakeVaultManagerNotAllowed:
    'The operator must allow the coordinator to lock its stake first, and wait if others hold stake with it',
  StakeVaultInsufficientFree: 'Bond more, or wait until runs release stake and it has cooled',
  ERC20InsufficientAllowance: 'Approve the contract to take so many tokens first',
  ERC20InsufficientBalance: 'The account does not hold so many tokens',
}

export function hintOfRevert(name: string): string {
  return HINTS[name] ?? 'The contracts refuse this in their present state; the error says which rule'
}
