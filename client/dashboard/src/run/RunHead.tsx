// What a run is, and how it stands: its name and six numbers.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Amounts } from '../components/Amounts.tsx'
import { Identity } from '../components/Identity.tsx'
import { Moment } from '../components/Moment.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Phase } from '../components/Phase.tsx'
import { Stats } from '../components/Stats.tsx'
import { visibleLine } from '../format/hostile.ts'
import { compactText, countText, lossText } from '../format/numbers.ts'
import { to } from '../paths.ts'
import styles from './RunHead.module.css'

type Run = Answer<'run'>

export function RunHead({ run: { summary } }: { readonly run: Run }): ReactNode {
  const { run, name, owner, parameters, createdAt, phase, stateRound } = summary
  return (
    <PageHead
      title={name === null ? `Run ${run}` : visibleLine(name)}
      above={
        <>
          <Link href={to.runs()}>Runs</Link>
          {name !== null && ` / Run ${run}`}
        </>
      }
      below={
        <p className={styles.facts}>
          <Phase of={phase} />
          {parameters !== null && <span>{compactText(parameters)} parameters</span>}
          <span>
            owner <Identity hex={owner} href={to.holder(owner)} />
          </span>
          <span>
            created <Moment at={createdAt} />
          </span>
        </p>
      }
      tools={
        <>
          <Link href={to.model(run)}>Talk to the model</Link>
          <Link href={to.verifyCheckpoint(run, stateRound)}>Verify the newest checkpoint</Link>
        </>
      }
    />
  )
}

export function RunStats({ run: { summary, manifest } }: { readonly run: Run }): ReactNode {
  const { lastLoss, tokens, finalRounds, voidRounds, miners, validators, pots, epoch, earned, emission } = summary
  const perRound = manifest === null ? undefined : `at most ${compactText(manifest.tokensPerRound)} a miner and round`
  return (
    <Stats
      of={[
        {
          name: 'Loss',
          value: lastLoss === null ? '–' : lossText(lastLoss.loss),
          note: lastLoss === null ? 'not measured yet' : `nats per token, after round ${countText(lastLoss.round)}`,
        },
        { name: 'Tokens trained', value: tokens === null ? '–' : compactText(tokens), note: perRound },
        {
          name: 'Rounds',
          value: countText(finalRounds + voidRounds),
          note: `${countText(finalRounds)} final, ${countText(voidRounds)} void`,
        },
        {
          name: 'Participants',
          value: countText(miners.active + validators.active),
          note: `${miners.active} of ${miners.most} miners, ${validators.active} of ${validators.most} validators`,
        },
        { name: epoch === 0 ? 'Pot' : `Pot of epoch ${countText(epoch)}`, value: <Amounts of={pots} /> },
        {
          name: 'Paid out',
          value: <Amount of={earned} token={TSRA} digits={2} />,
          note: (
            <>
              of <Amount of={emission.paid} token={TSRA} digits={2} /> emitted to the run
            </>
          ),
        },
      ]}
    />
  )
}
