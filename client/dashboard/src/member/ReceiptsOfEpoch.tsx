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
import { type JudgedAlike, type JudgedRound, judgedRounds, type MinerEpoch, middle, slotsText } from './history.ts'
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
  const judging = epoch.receipts.filter(({ rounds }) => rounds.length > 0).length
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
          caption={`Rounds of epoch ${number} as validators judged them`}
          columns={roundColumns(run, judging)}
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

function roundColumns(run: number, validators: number): readonly Column<JudgedRound>[] {
  return [
    { name: 'Round', cell: ({ round }) => <Link href={to.round(run, round)}>{countText(round)}</Link> },
    {
      name: 'As validators judged it',
      cell: ({ groups }) => (
        <ul className={styles.groups}>
          {groups.map((group) => (
            <li key={group.slots.join()}>
              <Judgement of={group} /> <span className="quiet">{slotsText(group.slots, validators)}</span>
            </li>
          ))}
        </ul>
      ),
    },
  ]
}

function Judgement({ of: { valid, reason, ranks, ownDrops } }: { readonly of: JudgedAlike }): ReactNode {
  if (!valid) return reason === null ? 'not valid' : <Reason code={reason} />
  const [rank, drop] = [middle(ranks), middle(ownDrops)]
  const facts = [
    ...(rank === null ? [] : [`rank ${rank}`]),
    ...(drop === null ? [] : [`${drop < 0 ? 'raised' : 'lowered'} the loss by ${Math.abs(drop).toFixed(4)}`]),
  ]
  return (
    <>
      <Badge kind="good">valid</Badge> {facts.join(', ')}
      {ranks.length > 1 && ' (medians)'}
    </>
  )
}
