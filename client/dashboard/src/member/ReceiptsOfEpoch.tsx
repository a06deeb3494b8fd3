// What each validator's receipt says of a miner and an epoch, and of each round of it.

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Badge } from '../components/Badge.tsx'
import { Identity } from '../components/Identity.tsx'
import { None } from '../components/None.tsx'
import { Reason } from '../components/Reason.tsx'
import { type Column, Table } from '../components/Table.tsx'
import { countText, percentText } from '../format/numbers.ts'
import { scoreText } from '../format/scores.ts'
import { to } from '../paths.ts'
import { type JudgedRound, judgedRounds, type MinerEpoch } from './history.ts'
import styles from './ReceiptsOfEpoch.module.css'

type Receipt = MinerEpoch['receipts'][number]

const STATES = {
  unread: ['plain', 'not read yet'],
  verified: ['good', 'verified'],
  unfetchable: ['warn', 'cannot be fetched'],
  inconsistent: ['bad', 'contradicts its scores'],
} as const

export function ReceiptsOfEpoch({ run, epoch }: { readonly run: number; readonly epoch: MinerEpoch }): ReactNode {
  const judged = judgedRounds(epoch)
  const number = countText(epoch.epoch)
  return (
    <div className={styles.receipts}>
      <Table
        caption={`Receipts of epoch ${number}`}
        columns={receiptColumns(run)}
        rows={epoch.receipts}
        rowKey={({ slot }) => slot}
        empty="No validator revealed scores."
      />
      {judged.length > 0 && (
        <Table
          caption={`Rounds of epoch ${number} as each validator judged them`}
          columns={roundColumns(run, epoch.receipts)}
          rows={judged}
          rowKey={({ round }) => round}
          most={20}
        />
      )}
    </div>
  )
}

function receiptColumns(run: number): readonly Column<Receipt>[] {
  const real = (value: number | null, text: (value: number) => string): ReactNode =>
    value === null ? <None /> : text(value)
  return [
    {
      name: 'Validator',
      cell: ({ slot, validator }) => (
        <span className={styles.who}>
          {slot} <Identity hex={validator} href={to.member(run, 'validator', validator)} />
        </span>
      ),
    },
    { name: 'Score', align: 'right', about: 'Of 100', cell: ({ score }) => scoreText(score) },
    { name: 'Quality', align: 'right', cell: ({ quality }) => real(quality, percentText) },
    { name: 'Unique', align: 'right', cell: ({ unique }) => real(unique, percentText) },
    { name: 'Validity', align: 'right', cell: ({ validity }) => real(validity, percentText) },
    {
      name: 'Rating',
      align: 'right',
      about: 'μ ± σ',
      cell: ({ mu, sigma }) => (mu === null || sigma === null ? <None /> : `${mu.toFixed(1)} ± ${sigma.toFixed(1)}`),
    },
    {
      name: 'Receipt',
      cell: ({ state, digest }) => (
        <span className={styles.who}>
          <Badge kind={STATES[state][0]}>{STATES[state][1]}</Badge> <Identity hex={digest} what="digest" />
        </span>
      ),
    },
    { name: 'Why zero', cell: ({ reason }) => (reason === null ? <None /> : <Reason code={reason} />) },
  ]
}

function roundColumns(run: number, receipts: readonly Receipt[]): readonly Column<JudgedRound>[] {
  return [
    { name: 'Round', cell: ({ round }) => <Link href={to.round(run, round)}>{countText(round)}</Link> },
    ...receipts
      .filter(({ rounds }) => rounds.length > 0)
      .map(
        ({ slot }): Column<JudgedRound> => ({
          name: `Validator ${slot}`,
          cell: ({ by }) => <Judgement of={by.get(slot)} />,
        }),
      ),
  ]
}

function Judgement({ of }: { readonly of: Receipt['rounds'][number] | undefined }): ReactNode {
  if (of === undefined) return <None />
  if (!of.valid) return of.reason === null ? 'not valid' : <Reason code={of.reason} />
  const drop = of.ownDrop === null ? '' : `, lowered the loss by ${of.ownDrop.toFixed(4)}`
  return <span>{of.rank === null ? `valid${drop}` : `rank ${of.rank}${drop}`}</span>
}
