// Takes a payout or a checkpoint and walks it back, in this browser, to the chain and the blobs. Believes no indexer: what is checked
// comes from the address of this page, everything else from the chain and from blobs by their hashes.

import { type ReactNode, useEffect } from 'react'
import { Link, useRoute } from 'wouter'
import { Failure } from '../components/Failure.tsx'
import { Stack } from '../components/Grid.tsx'
import { Notice } from '../components/Notice.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { shortHex } from '../format/numbers.ts'
import { paths, to } from '../paths.ts'
import { PayoutStory } from '../verify/PayoutStory.tsx'
import { checkpointQueryOf, payoutQueryOf } from '../verify/params.ts'
import { payoutStory } from '../verify/payoutStory.ts'
import { StepList } from '../verify/StepList.tsx'
import { Verdict } from '../verify/Verdict.tsx'
import { VerifyForms } from '../verify/VerifyForms.tsx'
import type { CheckpointQuery } from '../verify/verifyCheckpoint.ts'
import type { PayoutQuery } from '../verify/verifyPayout.ts'
import { CostNotice } from '../work/CostNotice.tsx'
import type { JobControl } from '../work/useJob.ts'
import { useJob } from '../work/useJob.ts'
import { useWork } from '../work/useWork.ts'

export function VerifyPage(): ReactNode {
  const [isPayout, payout] = useRoute(paths.verifyPayout)
  const [isCheckpoint, checkpoint] = useRoute(paths.verifyCheckpoint)
  if (isPayout) {
    const of = payoutQueryOf(payout)
    return of === undefined ? <BadAddress /> : <PayoutCheck key={JSON.stringify(payout)} of={of} />
  }
  if (isCheckpoint) {
    const of = checkpointQueryOf(checkpoint)
    return of === undefined ? <BadAddress /> : <CheckpointCheck key={JSON.stringify(checkpoint)} of={of} />
  }
  return (
    <Stack>
      <PageHead
        title="Verify"
        below="Walks a payout or a checkpoint back to the chain and the blobs, in this browser, on nobody’s word."
      />
      <VerifyForms />
    </Stack>
  )
}

function BadAddress(): ReactNode {
  return (
    <Stack>
      <PageHead title="Verify" />
      <Notice kind="bad" title="This address names nothing that can be verified">
        <p>
          Numbers are whole, addresses are 0x and 40 hexadecimal digits.{' '}
          <Link href={to.verify()}>Fill it in by hand</Link>.
        </p>
      </Notice>
    </Stack>
  )
}

function PayoutCheck({ of }: { readonly of: PayoutQuery }): ReactNode {
  const { run, epoch, operator, holder, source } = of
  const who =
    holder === null
      ? 'the owner'
      : holder === operator
        ? shortHex(operator)
        : `${shortHex(holder)} with ${shortHex(operator)}`
  const what = source === 0n ? 'the grant' : `sponsorship ${source}`
  const job = useJob(useWork(), 'verifyPayout')
  const explained = job.result ?? undefined
  return (
    <Check
      title={`Payout of run ${run}, epoch ${epoch}`}
      below={`What ${who} earned of ${what}.`}
      job={job}
      start={() => job.start(of)}
    >
      {explained !== undefined && <PayoutStory lines={payoutStory(explained, explained.token)} />}
    </Check>
  )
}

function CheckpointCheck({ of }: { readonly of: CheckpointQuery }): ReactNode {
  const { run, round } = of
  const job = useJob(useWork(), 'verifyCheckpoint')
  const title = round === 0n ? `Genesis of run ${run}` : `Checkpoint of run ${run}, round ${round}`
  return <Check title={title} below="From the genesis to this root." job={job} start={() => job.start(of)} />
}

interface CheckProps {
  readonly title: string
  readonly below: string
  readonly job: JobControl<'verifyPayout'> | JobControl<'verifyCheckpoint'>
  readonly start: () => void
  /** Below the verdict. */
  readonly children?: ReactNode
}

function Check({ title, below, job, start, children }: CheckProps): ReactNode {
  const { state, steps, error, cost, cancel } = job
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each address, which the key of this component is.
  useEffect(start, [])
  return (
    <Stack>
      <PageHead above={<Link href={to.verify()}>Verify</Link>} title={title} below={below} />
      {state === 'failed' ? (
        <Failure error={error} onRetry={start} />
      ) : (
        <Verdict job={job} onCancel={cancel} onAgain={start} />
      )}
      {cost !== null && <CostNotice cost={cost} onCancel={cancel} />}
      {children}
      <StepList steps={steps} label="Steps of the check" />
    </Stack>
  )
}
