// What a holder gives to runs, and which runs it owns.

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useAct } from '../act/ActProvider.tsx'
import { reclaimAction, sponsorAction, topUpAction, withdrawSponsorshipAction } from '../act/actions.tsx'
import { Amount } from '../components/Amount.tsx'
import { Button } from '../components/Button.tsx'
import { Panel } from '../components/Panel.tsx'
import { type Column, Table } from '../components/Table.tsx'
import { to } from '../paths.ts'
import styles from './Holder.module.css'
import type { Holder } from './HolderStats.tsx'
import { TokenName } from './TokenName.tsx'

type Given = Holder['sponsorships'][number]

export function SponsorshipsPanel({ holder, isOwn }: { readonly holder: Holder; readonly isOwn: boolean }): ReactNode {
  const act = useAct()
  const { sponsorships, owns } = holder
  const columns: readonly Column<Given>[] = [
    {
      name: 'Run',
      cell: ({ run, sponsorship }) => (
        <span>
          <Link href={to.run(run)}>Run {run}</Link>, sponsorship {sponsorship.source}
        </span>
      ),
    },
    { name: 'Token', cell: ({ sponsorship }) => <TokenName token={sponsorship.token} /> },
    {
      name: 'For each epoch',
      align: 'right',
      cell: ({ sponsorship }) => <Amount of={sponsorship.perEpoch} token={sponsorship.token} bare />,
    },
    {
      name: 'Budget',
      align: 'right',
      about: 'Given and not withdrawn',
      cell: ({ sponsorship }) => <Amount of={sponsorship.budget} token={sponsorship.token} bare />,
    },
    { name: 'Pays epochs', cell: ({ sponsorship }) => epochsText(sponsorship) },
    ...(isOwn ? [{ name: 'Act', cell: Ways }] : []),
  ]
  return (
    <Panel
      title="Sponsorships"
      about={
        owns.length === 0 ? (
          'What this address gives to those who train.'
        ) : (
          <>
            Owner of{' '}
            {owns.map((run, at) => (
              <span key={run}>
                {at > 0 && ', '}
                <Link href={to.run(run)}>run {run}</Link>
              </span>
            ))}
            .
          </>
        )
      }
      tools={isOwn && <Button onClick={() => act(sponsorAction())}>Sponsor a run</Button>}
    >
      <Table
        caption="Sponsorships given"
        columns={columns}
        rows={sponsorships}
        rowKey={({ run, sponsorship }) => `${run}:${sponsorship.source}`}
        empty="No sponsorship."
      />
    </Panel>
  )
}

function Ways({ run, sponsorship: { source } }: Given): ReactNode {
  const act = useAct()
  const name = `sponsorship ${source} of run ${run}`
  return (
    <span className={styles.ways}>
      <Button kind="plain" onClick={() => act(topUpAction({ run, source }))} label={`Top up ${name}`}>
        Top up
      </Button>
      <Button
        kind="plain"
        onClick={() => act(withdrawSponsorshipAction({ run, source }))}
        label={`Withdraw from ${name}`}
      >
        Withdraw
      </Button>
      <Button kind="plain" onClick={() => act(reclaimAction({ run, source }))} label={`Reclaim of ${name}`}>
        Reclaim
      </Button>
    </span>
  )
}

function epochsText({ firstEpoch, budget, perEpoch }: Given['sponsorship']): string {
  if (perEpoch === 0n || budget === 0n) return 'none'
  const last = BigInt(firstEpoch) + (budget + perEpoch - 1n) / perEpoch - 1n
  return `${firstEpoch}–${last}`
}
