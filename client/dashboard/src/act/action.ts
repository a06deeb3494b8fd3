// Something that a visitor can do with a wallet: a title, a form where something is left open, and the plan that it comes to.

import type { Desk, Plan } from '@tessera/chain/plans/plan'
import type { ReactNode } from 'react'

export type Planner = (desk: Desk, at: { readonly signal: AbortSignal }) => Promise<Plan>

export interface FormProps {
  readonly desk: Desk
  /** The person has said all: the plan is made, tried and shown. */
  readonly onReady: (planner: Planner) => void
}

export interface Action {
  /** `Delegate stake`. */
  readonly title: string
  readonly form?: (props: FormProps) => ReactNode
  /** Where nothing is left open. */
  readonly plan?: Planner
}

/** A sponsorship as its run names it. */
export interface SponsorshipName {
  readonly run: number
  readonly source: number
}
