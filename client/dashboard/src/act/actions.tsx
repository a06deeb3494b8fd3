// What a visitor can do: for `useAct()`. Forms and plans are loaded when they are needed.

import type { Hex } from '@tessera/protocol/hex'
import { lazy, type ReactNode, Suspense } from 'react'
import { Loading } from '../components/Loading.tsx'
import type { ToldClaim } from '../holder/claims.ts'
import type { Action, SponsorshipName } from './action.ts'

const DelegateForm = lazy(async () => ({ default: (await import('./forms/DelegateForm.tsx')).DelegateForm }))
const UnbondForm = lazy(async () => ({ default: (await import('./forms/UnbondForm.tsx')).UnbondForm }))
const VoteForm = lazy(async () => ({ default: (await import('./forms/VoteForm.tsx')).VoteForm }))
const SponsorForm = lazy(async () => ({ default: (await import('./forms/SponsorForm.tsx')).SponsorForm }))
const BudgetForm = lazy(async () => ({ default: (await import('./forms/BudgetForm.tsx')).BudgetForm }))

/** @param operator Chosen already, and can be changed. */
export function delegateAction(operator?: Hex): Action {
  return { title: 'Delegate stake', form: (props) => formOf(<DelegateForm {...props} chosen={operator} />) }
}

export function unbondAction(operator: Hex): Action {
  return { title: 'Undelegate stake', form: (props) => formOf(<UnbondForm {...props} operator={operator} />) }
}

/** A ticket whose delay has passed, to the account itself. */
export function withdrawAction(operator: Hex, ticket: number): Action {
  return {
    title: 'Withdraw stake',
    plan: async (desk, at) => {
      const { planWithdrawal } = await import('@tessera/chain/plans/withdrawal')
      return planWithdrawal(desk, { operator, ticket, to: desk.account.address }, at)
    },
  }
}

export function cancelAction(operator: Hex, ticket: number): Action {
  return {
    title: 'Keep stake delegated',
    plan: async (desk, at) => {
      const { planCancellation } = await import('@tessera/chain/plans/cancellation')
      return planCancellation(desk, { operator, ticket }, at)
    },
  }
}

/** By anyone, for whom the claims name. */
export function claimAction(claims: readonly ToldClaim[]): Action {
  return {
    title: 'Claim rewards',
    plan: async (desk, at) => {
      const [{ duesOf }, { planPayment }] = await Promise.all([
        import('../holder/claims.ts'),
        import('@tessera/chain/plans/claim'),
      ])
      return planPayment(desk, await duesOf(desk.chain, claims, at), at)
    },
  }
}

export function voteAction(): Action {
  return { title: 'Vote', form: (props) => formOf(<VoteForm {...props} />) }
}

/** By anyone: the stake of a holder is counted for its vote. */
export function countVotesAction(holder: Hex, operators: readonly Hex[]): Action {
  return {
    title: 'Count votes',
    plan: async (desk, at) => {
      const { planCount } = await import('@tessera/chain/plans/voteCount')
      return planCount(desk, { holder, operators }, at)
    },
  }
}

/** @param run Chosen already, and can be changed. */
export function sponsorAction(run?: number): Action {
  return { title: 'Sponsor a run', form: (props) => formOf(<SponsorForm {...props} chosen={run} />) }
}

export function topUpAction(of: SponsorshipName): Action {
  return { title: 'Top up a sponsorship', form: (props) => formOf(<BudgetForm {...props} of={of} way="top-up" />) }
}

export function withdrawSponsorshipAction(of: SponsorshipName): Action {
  return {
    title: 'Withdraw from a sponsorship',
    form: (props) => formOf(<BudgetForm {...props} of={of} way="withdraw" />),
  }
}

/** What settled epochs did not earn goes back to the sponsor. */
export function reclaimAction({ run, source }: SponsorshipName): Action {
  return {
    title: 'Reclaim what was not earned',
    plan: async (desk, at) => {
      const { planReclaim } = await import('@tessera/chain/plans/reclaim')
      const manager = desk.chain.deployment.runCoordinator
      const of = { manager, run: BigInt(run), source: BigInt(source) }
      return planReclaim(desk, { ...of, most: MOST_RECLAIMED, to: desk.account.address }, at)
    },
  }
}

/** Epochs of one transaction. */
const MOST_RECLAIMED = 100

function formOf(form: ReactNode): ReactNode {
  return <Suspense fallback={<Loading what="the form" />}>{form}</Suspense>
}
