// What became of a round, in one look.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Badge } from '../components/Badge.tsx'
import { Moment } from '../components/Moment.tsx'
import { Notice } from '../components/Notice.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Stats } from '../components/Stats.tsx'
import { bytesText, compactText, countText, durationText, lossText } from '../format/numbers.ts'
import { reasonText } from '../format/reasons.ts'
import { to } from '../paths.ts'
import styles from './RoundHead.module.css'

export interface RoundHeadProps {
  readonly run: number
  /** Of the run, when it is known. */
  readonly name: string
  /** The last round that opened; undefined while it is not known. */
  readonly newest: number | undefined
  readonly round: Answer<'round'>
}

export function RoundHead({ run, name, newest, round }: RoundHeadProps): ReactNode {
  const at = round.round
  return (
    <PageHead
      title={`Round ${countText(at)}`}
      above={<Link href={to.run(run)}>{name}</Link>}
      below={
        <p className={styles.facts}>
          <End of={round} />
          <span>epoch {countText(round.epoch)}</span>
          <span>
            opened <Moment at={round.openedAt} />
          </span>
        </p>
      }
      tools={
        <>
          {at > 1 && <Link href={to.round(run, at - 1)}>← Round {countText(at - 1)}</Link>}
          {newest !== undefined && at < newest && <Link href={to.round(run, at + 1)}>Round {countText(at + 1)} →</Link>}
        </>
      }
    />
  )
}

const NO_LOSS: Readonly<Record<Answer<'round'>['end'], string>> = {
  final: 'not measured yet',
  void: 'the model did not change',
  pending: 'the round is not over',
}

export function RoundStats({ round }: { readonly round: Answer<'round'> }): ReactNode {
  const { contributions, openedAt, closedAt, loss } = round
  const included = contributions.filter(({ status }) => status === 'included').length
  return (
    <>
      {round.end === 'void' && (
        <Notice kind="warn" title="Nothing came of this round">
          <p>{round.void === null ? 'The old model stays.' : reasonText(round.void)}</p>
        </Notice>
      )}
      <Stats
        of={[
          {
            name: 'Included',
            value: `${included} of ${contributions.length}`,
            note: round.end === 'pending' ? 'not decided yet' : 'contributions',
          },
          {
            name: 'Loss after it',
            value: loss === null ? '–' : lossText(loss),
            note: loss === null ? NO_LOSS[round.end] : 'nats per token',
          },
          {
            name: 'Duration',
            value: closedAt === null ? 'under way' : durationText(closedAt - openedAt),
          },
          { name: 'Revealed', value: bytesText(round.bytes), note: 'of blobs' },
          { name: 'Gas', value: compactText(round.gas), note: 'of all its transactions' },
        ]}
      />
    </>
  )
}

function End({ of: { end, void: reason } }: { readonly of: Answer<'round'> }): ReactNode {
  if (end === 'final') return <Badge kind="good">final</Badge>
  if (end === 'pending') return <Badge kind="accent">under way</Badge>
  return <Badge kind="bad">{reason === 'RolledBack' ? 'rolled back' : 'void'}</Badge>
}
