// What the checks are made from: gateways, observed runs, blocks that were lost, the indexer itself.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Badge } from '../components/Badge.tsx'
import { Facts } from '../components/Facts.tsx'
import { Grid } from '../components/Grid.tsx'
import { Identity } from '../components/Identity.tsx'
import { Moment } from '../components/Moment.tsx'
import { None } from '../components/None.tsx'
import { Panel } from '../components/Panel.tsx'
import { Table } from '../components/Table.tsx'
import { visibleLine } from '../format/hostile.ts'
import { bytesText, countText } from '../format/numbers.ts'
import { plural } from '../format/plural.ts'
import { to } from '../paths.ts'
import styles from './StatusTables.module.css'

type Status = Answer<'status'>

export function StatusTables({ status }: { readonly status: Status }): ReactNode {
  return (
    <>
      <GatewaysPanel gateways={status.gateways} />
      <Grid column={24}>
        <ObserverPanel runs={status.observer.runs} />
        <ReorgsPanel reorgs={status.reorgs} />
      </Grid>
      <AboutPanel status={status} />
    </>
  )
}

function GatewaysPanel({ gateways }: Pick<Status, 'gateways'>): ReactNode {
  return (
    <Panel
      title="Gateways"
      about="Where blobs are fetched from. What they serve is checked by its digest: a bad one cannot lie, only fail."
    >
      <Table
        caption="Gateways for blobs"
        columns={[
          { name: 'Address', cell: ({ url }) => <code className={styles.url}>{visibleLine(url, 200)}</code> },
          {
            name: 'Operator',
            cell: ({ operator }) =>
              operator === null ? <None /> : <Identity hex={operator} href={to.holder(operator)} />,
          },
          {
            name: 'State',
            cell: ({ ok, error }) =>
              ok ? (
                <Badge kind="good">answers</Badge>
              ) : (
                <>
                  <Badge kind="bad">fails</Badge> {error !== null && visibleLine(error, 120)}
                </>
              ),
          },
          {
            name: 'Latency',
            align: 'right',
            cell: ({ latencyMs }) => (latencyMs === null ? <None /> : `${countText(latencyMs)} ms`),
          },
          { name: 'Asked', align: 'right', cell: ({ checkedAt }) => <Moment at={checkedAt} /> },
        ]}
        rows={gateways}
        rowKey={({ url }) => url}
        empty="None is known."
        most={20}
      />
    </Panel>
  )
}

function ObserverPanel({ runs }: Pick<Status['observer'], 'runs'>): ReactNode {
  return (
    <Panel title="Observer" about="Fetches what was revealed, measures losses, lets the model write.">
      <Table
        caption="Runs that the observer looks at"
        columns={[
          { name: 'Run', cell: ({ run }) => <Link href={to.run(run)}>Run {run}</Link> },
          { name: 'Up to round', align: 'right', cell: ({ round }) => countText(round) },
          { name: 'Behind', align: 'right', cell: ({ behind }) => plural(behind, 'round') },
        ]}
        rows={runs}
        rowKey={({ run }) => run}
        empty="It looks at no run."
      />
    </Panel>
  )
}

function ReorgsPanel({ reorgs }: Pick<Status, 'reorgs'>): ReactNode {
  return (
    <Panel
      title="Lost blocks"
      about="When the chain took blocks back, everything that they held was taken back here, too."
    >
      <Table
        caption="Reorganisations, newest first"
        columns={[
          { name: 'When', cell: ({ at }) => <Moment at={at} /> },
          { name: 'From block', align: 'right', cell: ({ from }) => countText(from) },
          { name: 'To block', align: 'right', cell: ({ to: block }) => (block === null ? <None /> : countText(block)) },
        ]}
        rows={reorgs}
        rowKey={({ at, from }) => `${at}-${from}`}
        empty="None since the indexer started."
      />
    </Panel>
  )
}

function AboutPanel({ status }: { readonly status: Status }): ReactNode {
  const { version, chainId, genesisHash, startedAt, database, head, indexed } = status
  return (
    <Panel title="Indexer">
      <Facts
        of={[
          ['Version', visibleLine(version)],
          ['Started', <Moment key="started" at={startedAt} />],
          ['Chain id', String(chainId)],
          ['First block', <Identity key="genesis" hex={genesisHash} what="hash of the first block" />],
          ['Newest block', head === null ? '–' : <Block key="head" of={head} />],
          ['Indexed up to', indexed === null ? '–' : <Block key="indexed" of={indexed} />],
          [
            'Database',
            `${database.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'}, ${countText(database.events)} events${database.bytes === null ? '' : `, ${bytesText(database.bytes)}`}`,
          ],
        ]}
      />
    </Panel>
  )
}

function Block({ of: { number, hash, timestamp } }: { readonly of: NonNullable<Status['head']> }): ReactNode {
  return (
    <span className={styles.block}>
      {countText(number)} <Identity hex={hash} what="hash of the block" /> <Moment at={timestamp} />
    </span>
  )
}
