// One holder: what it has, what it earned, what it can do. The connected account can act here; others are looked at.

import { type Hex, sameHex } from '@tessera/protocol/hex'
import type { ReactNode } from 'react'
import { Answered } from '../components/Answered.tsx'
import { Badge } from '../components/Badge.tsx'
import { Grid, Stack } from '../components/Grid.tsx'
import { Identity } from '../components/Identity.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { useAnswer } from '../queries/useAnswer.ts'
import { useWallet } from '../wallet/WalletProvider.tsx'
import { ClaimPanel } from './ClaimPanel.tsx'
import { HistoryPanel } from './HistoryPanel.tsx'
import { type Holder, HolderStats } from './HolderStats.tsx'
import { OperatorsPanel } from './OperatorsPanel.tsx'
import { SponsorshipsPanel } from './SponsorshipsPanel.tsx'
import { StakePanel } from './StakePanel.tsx'
import { TotalsPanel } from './TotalsPanel.tsx'
import { useClaims } from './useClaims.ts'
import { VotesPanel } from './VotesPanel.tsx'

export function HolderView({ address }: { readonly address: Hex }): ReactNode {
  const holder = useAnswer('holder', { address })
  const { state } = useWallet()
  const account = state?.connection?.account
  const isOwn = account !== undefined && sameHex(account, address)
  return (
    <>
      <PageHead
        title="Holder"
        above={isOwn ? <Badge kind="accent">your wallet</Badge> : 'an address that is looked at'}
        below={<Identity hex={address} ends={10} />}
      />
      <Answered query={holder} what="the holder">
        {(answer) => <Panels holder={answer} isOwn={isOwn} />}
      </Answered>
    </>
  )
}

function Panels({ holder, isOwn }: { readonly holder: Holder; readonly isOwn: boolean }): ReactNode {
  const claims = useClaims(holder.address, holder.claims)
  return (
    <Stack>
      <HolderStats holder={holder} claims={claims} />
      <ClaimPanel claims={claims} holder={holder.address} isOwn={isOwn} />
      <StakePanel holder={holder} isOwn={isOwn} />
      <HistoryPanel holder={holder} />
      <Grid column={26}>
        <TotalsPanel totals={holder.totals} />
        <VotesPanel holder={holder} isOwn={isOwn} />
      </Grid>
      <SponsorshipsPanel holder={holder} isOwn={isOwn} />
      {isOwn && <OperatorsPanel />}
    </Stack>
  )
}
