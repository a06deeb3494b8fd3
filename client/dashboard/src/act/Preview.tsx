// What would happen: in one sentence, what is different afterwards, what is easily overlooked, what it costs, and, below, exactly what
// is signed: contract, function, arguments, read back out of the bytes that the wallet gets.

import { cost } from '@tessera/chain/plans/texts'
import { type ReactNode, useId } from 'react'
import { Identity } from '../components/Identity.tsx'
import { useNetwork } from '../network/NetworkContext.tsx'
import styles from './Act.module.css'
import { Addresses } from './Addresses.tsx'
import type { Prepared, PreparedStep } from './prepare.ts'

export function Preview({ prepared }: { readonly prepared: Prepared }): ReactNode {
  const { plan, from, steps, likelyCost, maxCost } = prepared
  const { network, deployment } = useNetwork()
  const [afterwards, warnings] = [useId(), useId()]
  const count = steps.length === 1 ? 'One transaction' : `${steps.length} transactions, one after the other`
  return (
    <div className={styles.preview}>
      <p className={styles.intent}>
        <Addresses text={plan.intent} />
      </p>
      <section aria-labelledby={afterwards}>
        <h3 id={afterwards}>Afterwards</h3>
        <Lines of={plan.afterwards} />
      </section>
      {plan.warnings !== undefined && plan.warnings.length > 0 && (
        <section aria-labelledby={warnings}>
          <h3 id={warnings}>Mind</h3>
          <Lines of={plan.warnings} />
        </section>
      )}
      <dl className={styles.facts}>
        <dt>Account</dt>
        <dd>
          <Identity hex={from} ends={6} />
        </dd>
        <dt>Network</dt>
        <dd>
          {network} (chain {deployment.chainId})
        </dd>
        <dt>Fee</dt>
        <dd>
          about {cost(likelyCost)}, at most <strong>{cost(maxCost)}</strong>
        </dd>
        <dt>Signs</dt>
        <dd>{count}</dd>
      </dl>
      <ol className={styles.steps}>
        {steps.map((step, at) => (
          <li key={step.transaction.data} className={styles.step}>
            <StepDetails step={step} name={steps.length > 1 ? `Step ${at + 1} of ${steps.length}: ` : ''} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function Lines({ of }: { readonly of: readonly string[] }): ReactNode {
  return (
    <ul className={styles.lines}>
      {of.map((line) => (
        <li key={line}>
          <Addresses text={line} />
        </li>
      ))}
    </ul>
  )
}

function StepDetails({ step, name }: { readonly step: PreparedStep; readonly name: string }): ReactNode {
  const { decoded, transaction, tried } = step
  return (
    <>
      <p>
        {name}
        <code>{decoded.functionName}</code> of <strong>{decoded.contract}</strong>{' '}
        <Identity hex={transaction.to} ends={6} what="contract" />
      </p>
      <dl className={styles.args}>
        {decoded.args.map((arg) => (
          <div key={arg.name}>
            <dt>
              {arg.name} <span className="quiet">{arg.type}</span>
            </dt>
            <dd>
              <code>{arg.text}</code>
              {arg.amount !== undefined && <span className="quiet"> = {arg.amount}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {!tried && <p className="quiet">It can be tried only when the step before it is in a block; it is tried then.</p>}
      <details className={styles.raw}>
        <summary>The bytes that are signed</summary>
        <code>{transaction.data}</code>
      </details>
    </>
  )
}
