// Who a miner or a validator is, what it has, and whether it was paid last.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Badge } from '../components/Badge.tsx'
import { Identity } from '../components/Identity.tsx'
import { Moment } from '../components/Moment.tsx'
import { Notice } from '../components/Notice.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { type Stat, Stats } from '../components/Stats.tsx'
import { bpsText, countText, percentText } from '../format/numbers.ts'
import { plural } from '../format/plural.ts'
import { reasonText } from '../format/reasons.ts'
import { partOf, scoreText } from '../format/scores.ts'
import { to } from '../paths.ts'
import styles from './MemberHead.module.css'

type Detail = Answer<'miner'>

export interface MemberHeadProps {
  readonly detail: Detail
  /** Of the run. */
  readonly name: string
}

export function MemberHead({ detail, name }: MemberHeadProps): ReactNode {
  const { run, role, member, operator, joinedAt } = detail
  const word = role === 'miner' ? 'Miner' : 'Validator'
  return (
    <PageHead
      title={member === null ? `Former ${role}` : `${word} ${member.slot}`}
      above={<Link href={to.run(run)}>{name}</Link>}
      below={
        <p className={styles.facts}>
          <Identity hex={operator} ends={6} />
          {joinedAt !== null && (
            <span>
              joined <Moment at={joinedAt} />
            </span>
          )}
          {member === null && <Badge kind="warn">no member any more</Badge>}
          {member !== null && member.lastRound !== null && (
            <Badge kind="warn">leaves after round {countText(member.lastRound)}</Badge>
          )}
        </p>
      }
      tools={<Link href={to.holder(operator)}>Its stake and earnings, delegate to it</Link>}
    />
  )
}

export function ZeroNotice({ detail }: { readonly detail: Detail }): ReactNode {
  const epoch = detail.role === 'miner' ? detail.minerEpochs[0] : detail.validatorEpochs[0]
  if (epoch === undefined || epoch.zero === null) return null
  return (
    <Notice kind="warn" title={`Paid nothing for epoch ${countText(epoch.epoch)}`}>
      <p>{reasonText(epoch.zero)}</p>
    </Notice>
  )
}

export function MemberStats({ detail }: { readonly detail: Detail }): ReactNode {
  const { member, role, pool, own, holders, commissionBps, commissionNext } = detail
  const scored: Stat =
    role === 'miner'
      ? {
          name: 'Score',
          value: member === null || member.score === null ? '–' : scoreText(member.score),
          note: 'of 100, in the last settled epoch',
        }
      : {
          name: 'Weight',
          value: member === null ? '–' : <Amount of={member.weight} token={TSRA} digits={2} />,
          note: 'that counts in votes',
        }
  return (
    <Stats
      of={[
        scored,
        {
          name: 'Uptime',
          value:
            member === null || member.uptime.active === 0
              ? '–'
              : percentText(member.uptime.acted / member.uptime.active),
          note: member === null ? undefined : `${member.uptime.acted} of the last ${member.uptime.active} rounds`,
        },
        {
          name: 'Earned',
          value: member === null ? '–' : <Amount of={member.earned} token={TSRA} digits={2} />,
          note: 'by its pool, with its holders',
        },
        {
          name: 'Pool',
          value: <Amount of={pool} token={TSRA} digits={2} />,
          note: `${percentText(partOf(own, pool))} its own, ${plural(holders, 'holder')}`,
        },
        {
          name: 'Commission',
          value: bpsText(commissionBps),
          note:
            commissionNext === null ? (
              'of what the pool earns'
            ) : (
              <>
                {bpsText(commissionNext.bps)} <Moment at={commissionNext.from} />
              </>
            ),
        },
        ...(member === null
          ? []
          : [
              {
                name: 'Stake',
                value: <Amount of={member.stake} token={TSRA} digits={2} />,
                note: 'locked in this run',
              },
            ]),
      ]}
    />
  )
}
