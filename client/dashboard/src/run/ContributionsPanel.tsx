// Every contribution of a run and what became of it, by miner and result.

import type { Answer } from '@tessera/indexer/api/routes'
import { type ReactNode, useState } from 'react'
import { ContributionsTable } from '../components/ContributionsTable.tsx'
import { Panel } from '../components/Panel.tsx'
import { Select } from '../components/Select.tsx'
import { useContributions } from '../queries/useContributions.ts'

const STATUSES = [
  ['', 'all results'],
  ['included', 'included'],
  ['rejected', 'rejected'],
  ['unrevealed', 'unrevealed'],
  ['absent', 'absent'],
] as const

export function ContributionsPanel({ run: { summary, members } }: { readonly run: Answer<'run'> }): ReactNode {
  const { run } = summary
  const [status, setStatus] = useState('')
  const [slot, setSlot] = useState('')
  const slots = [...new Set(members.filter(({ role }) => role === 'miner').map(({ slot }) => slot))]
  const contributions = useContributions({
    run,
    ...(status === '' ? {} : { status }),
    ...(slot === '' ? {} : { slot: Number(slot) }),
  })
  return (
    <Panel
      title="Contributions"
      about="What each miner gave in each round, whether it went into the model, and if not, why. Drops are in nats per token; more is better."
      tools={
        <>
          <Select label="Result" value={status} onChange={setStatus} options={STATUSES} />
          <Select
            label="Miner"
            value={slot}
            onChange={setSlot}
            options={[['', 'all miners'], ...slots.map((each) => [String(each), `miner ${each}`] as const)]}
          />
        </>
      }
    >
      <ContributionsTable key={`${status}/${slot}`} run={run} of={contributions} />
    </Panel>
  )
}
