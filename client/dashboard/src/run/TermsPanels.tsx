// The terms of a run: who pays into it, and by which rules it goes.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { Amount, TSRA } from '../components/Amount.tsx'
import { Facts } from '../components/Facts.tsx'
import { Grid } from '../components/Grid.tsx'
import { Identity } from '../components/Identity.tsx'
import { Panel } from '../components/Panel.tsx'
import { Table } from '../components/Table.tsx'
import { visibleLine } from '../format/hostile.ts'
import { bpsText, bytesText, countText, durationText } from '../format/numbers.ts'
import { plural } from '../format/plural.ts'
import { to } from '../paths.ts'

type Run = Answer<'run'>

export function SponsorsPanel({ run: { summary } }: { readonly run: Run }): ReactNode {
  const { emission, granted } = summary
  return (
    <Panel
      title="Who pays"
      about={
        <>
          The network’s emission pays {emission.shareBps === null ? 'nothing yet' : bpsText(emission.shareBps)}
          {emission.shareBps !== null && ' of each period'}; <Amount of={granted} token={TSRA} digits={2} /> of it wait
          for the next epochs. Sponsors add to every epoch.
        </>
      }
    >
      <Table
        caption="Sponsors of the run"
        columns={[
          { name: 'Sponsor', cell: ({ sponsor }) => <Identity hex={sponsor} href={to.holder(sponsor)} /> },
          {
            name: 'Each epoch',
            align: 'right',
            cell: ({ perEpoch, token }) => <Amount of={perEpoch} token={token} digits={2} />,
          },
          { name: 'From epoch', align: 'right', cell: ({ firstEpoch }) => countText(firstEpoch) },
          {
            name: 'Left',
            align: 'right',
            cell: ({ budget, token }) => <Amount of={budget} token={token} digits={2} />,
          },
        ]}
        rows={summary.sponsorships}
        rowKey={({ source }) => source}
        empty="Nobody sponsors this run."
      />
    </Panel>
  )
}

export function TermsPanel({ run: { params, manifest } }: { readonly run: Run }): ReactNode {
  return (
    <Panel title="Terms" about="Fixed when the run was created: nobody can change them.">
      <Grid column={20}>
        <Facts
          of={[
            ['Phases of a round', phasesOf(params)],
            [
              'Score phases',
              `${durationText(params.scoreCommitSeconds)} to commit, ${durationText(params.scoreRevealSeconds)} to reveal`,
            ],
            ['Rounds', `${countText(params.roundsPerEpoch)} an epoch, ${countText(params.maxRounds)} at most`],
            ['Included', `at most ${countText(params.maxIncluded)} contributions a round`],
            ['Largest blob', bytesText(params.maxBlobBytes)],
            ['Stake of a miner', <Amount key="miner" of={params.minerStake} token={TSRA} />],
            [
              'Stake of a validator',
              <span key="validator">
                <Amount of={params.validatorStake} token={TSRA} />, counted up to{' '}
                <Amount of={params.validatorWeightCap} token={TSRA} />
              </span>,
            ],
            [
              'Split of an epoch',
              `${bpsText(params.minerShareBps)} miners, ${bpsText(params.validatorShareBps)} validators, ${bpsText(Math.max(0, 10_000 - params.minerShareBps - params.validatorShareBps))} owner`,
            ],
            ['Protection of a new miner', plural(params.protectionEpochs, 'epoch')],
          ]}
        />
        <Facts
          of={[
            ...(manifest?.facts ?? []).map(
              ({ label, value }) => [visibleLine(label), visibleLine(value, 200)] as const,
            ),
            ['Manifest', <Identity key="manifest" hex={params.manifestDigest} what="digest of the manifest" />],
            ['Manifest size', bytesText(params.manifestSize)],
            ['Genesis', <Identity key="genesis" hex={params.genesisRoot} what="root of genesis" />],
          ]}
        />
      </Grid>
    </Panel>
  )
}

function phasesOf({ trainSeconds, commitSeconds, revealSeconds, attestSeconds }: Run['params']): string {
  const parts = [
    ['train', trainSeconds],
    ['commit', commitSeconds],
    ['reveal', revealSeconds],
    ['attest', attestSeconds],
  ] as const
  return parts.map(([name, seconds]) => `${name} ${durationText(seconds)}`).join(', ')
}
