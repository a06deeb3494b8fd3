// What can be claimed, each as the contract says; some of it or all, for oneself or for another.

import type { Hex } from '@tessera/protocol/hex'
import { type ReactNode, useState } from 'react'
import { useAct } from '../act/ActProvider.tsx'
import { claimAction } from '../act/actions.tsx'
import { Amount } from '../components/Amount.tsx'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { Failure } from '../components/Failure.tsx'
import { Identity } from '../components/Identity.tsx'
import { Loading } from '../components/Loading.tsx'
import { Notice } from '../components/Notice.tsx'
import { Panel } from '../components/Panel.tsx'
import { type Column, Table } from '../components/Table.tsx'
import { to } from '../paths.ts'
import { type CheckedClaim, claimKey } from './claims.ts'
import styles from './Holder.module.css'
import { spansText } from './spans.ts'
import { type Claims, differs } from './useClaims.ts'

export interface ClaimPanelProps {
  readonly claims: Claims
  readonly holder: Hex
  /** The connected account's own page. */
  readonly isOwn: boolean
}

export function ClaimPanel({ claims, holder, isOwn }: ClaimPanelProps): ReactNode {
  const act = useAct()
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const { checked, error, isContradicted, retry } = claims
  const open = (checked ?? []).filter(({ amount }) => amount > 0n)
  const chosen = open.filter(({ told }) => !left.has(claimKey(told)))
  const toggle = (key: string): void => {
    const next = new Set(left)
    if (!next.delete(key)) next.add(key)
    setLeft(next)
  }
  const claim = (
    <Button kind="main" disabled={chosen.length === 0} onClick={() => act(claimAction(chosen.map(({ told }) => told)))}>
      {chosen.length === open.length ? 'Claim all' : `Claim ${chosen.length} of ${open.length}`}
    </Button>
  )
  return (
    <Panel
      title="To claim"
      about={
        isOwn
          ? 'Earned and not paid yet. Each amount is the contract’s own answer, not the indexer’s.'
          : 'Earned and not paid yet, as the contract says. Anyone can have it paid: it goes to who has earned it.'
      }
      tools={open.length > 0 && claim}
    >
      {isContradicted && (
        <Notice kind="bad" title="The indexer and the chain do not agree">
          <p>
            What is shown as claimable is what the contract says. The indexer says something else, marked below: it is
            behind or wrong. <a href={`#${to.status()}`}>Look at its state</a>.
          </p>
        </Notice>
      )}
      {checked === undefined &&
        (error === null ? <Loading what="what the contract says" /> : <Failure error={error} onRetry={retry} />)}
      {checked !== undefined && (
        <Table
          caption="What can be claimed"
          columns={columnsOf({ holder, isContradicted, left, toggle })}
          rows={isContradicted ? checked.filter((row) => row.amount > 0n || differs(row)) : open}
          rowKey={({ told }) => claimKey(told)}
          empty="Nothing to claim now. Rewards come when an epoch is settled."
        />
      )}
    </Panel>
  )
}

function columnsOf({
  holder,
  isContradicted,
  left,
  toggle,
}: {
  readonly holder: Hex
  readonly isContradicted: boolean
  readonly left: ReadonlySet<string>
  readonly toggle: (key: string) => void
}): readonly Column<CheckedClaim>[] {
  return [
    {
      name: 'Claim',
      cell: ({ told, amount }) => (
        <input
          type="checkbox"
          className={styles.check}
          checked={amount > 0n && !left.has(claimKey(told))}
          disabled={amount === 0n}
          onChange={() => toggle(claimKey(told))}
          aria-label={`Claim run ${told.run}, ${sourceName(told.source)}, operator ${told.operator}`}
        />
      ),
    },
    {
      name: 'Amount',
      align: 'right',
      cell: (row) => (
        <>
          <Amount of={row.amount} token={row.told.token} />
          {isContradicted && differs(row) && (
            <>
              {' '}
              <Badge kind="bad">
                indexer: <Amount of={row.told.amount} token={row.told.token} bare />
              </Badge>
            </>
          )}
        </>
      ),
    },
    {
      name: 'From',
      cell: ({ told }) => (
        <span>
          <a href={`#${to.run(told.run)}`}>Run {told.run}</a>, {sourceName(told.source)}
        </span>
      ),
    },
    {
      name: 'Earned with',
      cell: ({ told }) =>
        told.operator === holder ? (
          told.holder === holder ? (
            'its own operation'
          ) : (
            'as the run’s owner'
          )
        ) : (
          <Identity hex={told.operator} href={to.holder(told.operator)} what="operator" />
        ),
    },
    { name: 'Epochs', cell: ({ told }) => <span className={styles.still}>{spansText(told.epochs)}</span> },
  ]
}

/** `the grant`, `sponsorship 3`. */
export function sourceName(source: number): string {
  return source === 0 ? 'grant' : `sponsorship ${source}`
}
