// A holder's stake by operator, with what unbonds and until when.

import type { Answer } from '@tessera/indexer/api/routes'
import { sameHex } from '@tessera/protocol/hex'
import type { ReactNode } from 'react'
import { useAct } from '../act/ActProvider.tsx'
import { cancelAction, delegateAction, unbondAction, withdrawAction } from '../act/actions.tsx'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Badge } from '../components/Badge.tsx'
import { Button } from '../components/Button.tsx'
import { Identity } from '../components/Identity.tsx'
import { Countdown, Moment, useNow } from '../components/Moment.tsx'
import { Notice } from '../components/Notice.tsx'
import { Panel } from '../components/Panel.tsx'
import { to } from '../paths.ts'
import { useAnswer } from '../queries/useAnswer.ts'
import { CommissionText } from './CommissionText.tsx'
import styles from './Holder.module.css'
import type { Holder } from './HolderStats.tsx'
import { Roles } from './OperatorsTable.tsx'

type Position = Answer<'holder'>['positions'][number]
type Ticket = Position['unbonding'][number]

export function StakePanel({ holder, isOwn }: { readonly holder: Holder; readonly isOwn: boolean }): ReactNode {
  const act = useAct()
  const { positions } = holder
  return (
    <Panel
      title="Stake"
      about="Stake with an operator earns a part of what the operator earns, and is slashed with it."
      tools={
        isOwn && (
          <Button kind={positions.length === 0 ? 'main' : 'usual'} onClick={() => act(delegateAction())}>
            Delegate
          </Button>
        )
      }
    >
      {positions.length === 0 ? (
        <Notice title="No stake">
          <p>{isOwn ? 'Delegate tokens to an operator to earn with it.' : 'This address has no stake with anyone.'}</p>
        </Notice>
      ) : (
        <ul className={styles.positions}>
          {positions.map((position) => (
            <PositionCard key={position.operator} position={position} holder={holder} isOwn={isOwn} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

interface CardProps {
  readonly position: Position
  readonly holder: Holder
  readonly isOwn: boolean
}

function PositionCard({ position, holder, isOwn }: CardProps): ReactNode {
  const act = useAct()
  const operators = useAnswer('operators').data
  const { operator, value, since, unbonding } = position
  const roles = operators?.find((row) => sameHex(row.operator, operator))?.roles
  const isSelf = sameHex(operator, holder.address)
  return (
    <li className={styles.position}>
      <div className={styles.positionHead}>
        <p>
          {isSelf && <Badge kind="accent">own operation</Badge>}{' '}
          <Identity hex={operator} href={to.holder(operator)} what="operator" />
        </p>
        <p className={styles.value}>
          <Amount of={value} token={TSRA} />
        </p>
      </div>
      <dl className={styles.facts}>
        {!isSelf && (
          <div>
            <dt>Commission</dt>
            <dd>
              <CommissionText of={position} />
            </dd>
          </div>
        )}
        <div>
          <dt>Since</dt>
          <dd>
            <Moment at={since} />
          </dd>
        </div>
        <div>
          <dt>The operator is</dt>
          <dd>{roles === undefined ? <span className="quiet">…</span> : <Roles of={roles} />}</dd>
        </div>
      </dl>
      {isOwn && (
        <div className={styles.ways}>
          <Button onClick={() => act(delegateAction(operator))} label={`Delegate more to ${operator}`}>
            Delegate more
          </Button>
          <Button
            onClick={() => act(unbondAction(operator))}
            disabled={value === 0n}
            label={`Undelegate from ${operator}`}
          >
            Undelegate
          </Button>
        </div>
      )}
      {unbonding.length > 0 && (
        <ul className={styles.tickets} aria-label="Unbonding">
          {unbonding.map((ticket) => (
            <TicketLine key={ticket.ticket} ticket={ticket} operator={operator} isOwn={isOwn} />
          ))}
        </ul>
      )}
    </li>
  )
}

function TicketLine({
  ticket: { ticket, value, readyAt },
  operator,
  isOwn,
}: {
  readonly ticket: Ticket
  readonly operator: Position['operator']
  readonly isOwn: boolean
}): ReactNode {
  const act = useAct()
  const isReady = useNow() >= readyAt
  return (
    <li className={styles.ticket}>
      <span>
        <Amount of={value} token={TSRA} /> unbonding{' '}
        {isReady ? (
          <Badge kind="good">ready</Badge>
        ) : (
          <span className="quiet">
            ready in <Countdown until={readyAt} />
          </span>
        )}
      </span>
      {isOwn && (
        <span className={styles.ways}>
          {isReady && (
            <Button onClick={() => act(withdrawAction(operator, ticket))} label={`Withdraw ticket ${ticket}`}>
              Withdraw
            </Button>
          )}
          <Button
            kind="plain"
            onClick={() => act(cancelAction(operator, ticket))}
            label={`Keep delegated: ticket ${ticket}`}
          >
            Keep delegated
          </Button>
        </span>
      )}
    </li>
  )
}
