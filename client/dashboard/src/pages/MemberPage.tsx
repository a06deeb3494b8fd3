// One miner or validator of a run: was it there, how was it scored, what was it paid, and why was it not.

import type { Answer } from '@tessera/indexer/api/routes'
import type { Hex } from '@tessera/protocol/hex'
import type { ReactNode } from 'react'
import { useParams } from 'wouter'
import { Answered } from '../components/Answered.tsx'
import { ContributionsTable } from '../components/ContributionsTable.tsx'
import { Facts } from '../components/Facts.tsx'
import { Stack } from '../components/Grid.tsx'
import { Identity } from '../components/Identity.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Panel } from '../components/Panel.tsx'
import { visibleLine } from '../format/hostile.ts'
import { countText } from '../format/numbers.ts'
import { MemberHead, MemberStats, ZeroNotice } from '../member/MemberHead.tsx'
import { MinerCharts } from '../member/MinerCharts.tsx'
import { MinerEpochs } from '../member/MinerEpochs.tsx'
import { StripPanel } from '../member/StripPanel.tsx'
import { AgreementPanel, ValidatorEpochs } from '../member/ValidatorPanels.tsx'
import { countOf, to } from '../paths.ts'
import { useAnswer } from '../queries/useAnswer.ts'
import { useContributions } from '../queries/useContributions.ts'
import { NotFoundPage } from './NotFoundPage.tsx'

type Role = 'miner' | 'validator'

export function MemberPage(): ReactNode {
  const { run: number, role, operator } = useParams<{ run: string; role: string; operator: string }>()
  const run = countOf(number)
  if (run === undefined || (role !== 'miner' && role !== 'validator') || !/^0x[0-9a-f]{40}$/i.test(operator ?? ''))
    return <NotFoundPage />
  const known = operator.toLowerCase() as Hex
  return <KnownMember key={`${run}/${role}/${known}`} run={run} role={role} operator={known} />
}

function KnownMember({
  run,
  role,
  operator,
}: {
  readonly run: number
  readonly role: Role
  readonly operator: Hex
}): ReactNode {
  const query = useAnswer(role, { run, operator })
  const summary = useAnswer('run', { run }).data?.summary
  const name = summary === undefined || summary.name === null ? `Run ${run}` : visibleLine(summary.name)
  return (
    <>
      {query.data === undefined && <PageHead title={role === 'miner' ? 'Miner' : 'Validator'} above={name} />}
      <Answered query={query} what={`the ${role}`}>
        {(detail) => (
          <>
            <MemberHead detail={detail} name={name} />
            <Stack>
              <ZeroNotice detail={detail} />
              <MemberStats detail={detail} />
              <StripPanel detail={detail} />
              {role === 'miner' ? <OfMiner detail={detail} /> : <OfValidator detail={detail} />}
              <AboutPanel detail={detail} />
            </Stack>
          </>
        )}
      </Answered>
    </>
  )
}

function OfMiner({ detail }: { readonly detail: Answer<'miner'> }): ReactNode {
  const contributions = useContributions({ run: detail.run, operator: detail.operator })
  return (
    <>
      <MinerCharts epochs={detail.minerEpochs} />
      <MinerEpochs detail={detail} />
      <Panel
        title="Contributions"
        about="Every round that it was active in, and why a contribution is not in the model."
      >
        <ContributionsTable run={detail.run} of={contributions} isOfOne />
      </Panel>
    </>
  )
}

function OfValidator({ detail }: { readonly detail: Answer<'validator'> }): ReactNode {
  return (
    <>
      <AgreementPanel epochs={detail.validatorEpochs} />
      <ValidatorEpochs detail={detail} />
    </>
  )
}

function AboutPanel({
  detail: { member, payout, delegate, operator },
}: {
  readonly detail: Answer<'miner'>
}): ReactNode {
  return (
    <Panel title="Accounts">
      <Facts
        of={[
          ['Operator', <Identity key="operator" hex={operator} href={to.holder(operator)} />],
          ['Is paid to', <Identity key="payout" hex={payout} href={to.holder(payout)} />],
          ['Sends transactions from', <Identity key="delegate" hex={delegate} />],
          ...(member === null
            ? []
            : ([
                ['Serves blobs at', <code key="endpoint">{visibleLine(member.endpoint, 200)}</code>],
                ['Active from round', countText(member.activeFrom)],
                ['May be replaced from epoch', countText(member.protectedUntil)],
              ] as const)),
        ]}
      />
    </Panel>
  )
}
