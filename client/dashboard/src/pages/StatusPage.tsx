// Can what the dashboard shows be relied on? Green or red, which part, and what to do.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Answered } from '../components/Answered.tsx'
import { Stack } from '../components/Grid.tsx'
import { Notice } from '../components/Notice.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { useFreshness } from '../queries/LiveProvider.tsx'
import { useAnswer } from '../queries/useAnswer.ts'
import { ChecksPanel } from '../status/ChecksPanel.tsx'
import { checksOf, worstOf } from '../status/checks.ts'
import { StatusTables } from '../status/StatusTables.tsx'

export function StatusPage(): ReactNode {
  const query = useAnswer('status', {})
  return (
    <>
      <PageHead title="Status" below="Whether what you see is fresh and complete, and what to do if not." />
      <Answered query={query} what="the status">
        {(status) => <KnownStatus status={status} />}
      </Answered>
    </>
  )
}

function KnownStatus({ status }: { readonly status: Answer<'status'> }): ReactNode {
  const checks = checksOf(status, useFreshness().connected)
  const worst = worstOf(checks)
  const named = checks.filter(({ state }) => state === worst).map(({ name }) => name)
  return (
    <Stack>
      {worst === 'good' && (
        <Notice kind="good" title="All is well">
          <p>The numbers are those of the chain’s newest block.</p>
        </Notice>
      )}
      {worst === 'warn' && (
        <Notice kind="warn" title="Usable, with something to know">
          <p>{named.join(', ')}: see below.</p>
        </Notice>
      )}
      {worst === 'bad' && (
        <Notice kind="bad" title="Do not rely on what is shown">
          <p>{named.join(', ')}: see below what to do.</p>
        </Notice>
      )}
      <ChecksPanel checks={checks} />
      <StatusTables status={status} />
    </Stack>
  )
}
