// A holder in one look: what it has staked, what it can claim, what it has earned, what a year may bring.

import type { Answer } from '@tessera/indexer/api/routes'
import { sameHex } from '@tessera/protocol/hex'
import type { ReactNode } from 'react'
import { useBalance } from '../act/forms/useBalance.ts'
import { Amount, TSRA } from '../components/Amount.tsx'
import { type Stat, Stats } from '../components/Stats.tsx'
import { durationText, percentText } from '../format/numbers.ts'
import { useNetwork } from '../network/NetworkContext.tsx'
import { useChain } from '../network/useChain.ts'
import styles from './Holder.module.css'
import { LEAST_EPOCHS, LEAST_SECONDS, projectionOf } from './projection.ts'
import type { Claims } from './useClaims.ts'

export type Holder = Answer<'holder'>

export function HolderStats({ holder, claims }: { readonly holder: Holder; readonly claims: Claims }): ReactNode {
  const { deployment } = useNetwork()
  const { positions, totals, address, pace } = holder
  const asked = useBalance(useChain().data, address).data
  const balance = asked?.amount ?? holder.balance
  const isNative = (token: { readonly address: `0x${string}` }): boolean => sameHex(token.address, deployment.token)
  const staked = sum(positions.map(({ value }) => value))
  const unbonding = sum(positions.flatMap(({ unbonding }) => unbonding.map(({ value }) => value)))
  const total = totals.find(({ token }) => isNative(token))
  const others = totals.filter(({ token, earned }) => !isNative(token) && earned > 0n).length
  const claimable = claims.checked?.filter(({ told }) => isNative(told.token)).map(({ amount }) => amount)
  const projection = projectionOf(pace)
  const stats: readonly Stat[] = [
    {
      name: 'Staked',
      value: <Amount of={staked} token={TSRA} />,
      note:
        unbonding > 0n ? (
          <>
            and <Amount of={unbonding} token={TSRA} /> unbonding
          </>
        ) : (
          `with ${positions.length} operator${positions.length === 1 ? '' : 's'}`
        ),
    },
    {
      name: 'Claimable now',
      value: claimable === undefined ? <span className="quiet">…</span> : <Amount of={sum(claimable)} token={TSRA} />,
      note: claimNote(claims),
    },
    {
      name: 'Earned in all',
      value: <Amount of={total?.earned ?? 0n} token={TSRA} />,
      note: (
        <>
          <Amount of={total?.claimed ?? 0n} token={TSRA} /> claimed{others > 0 ? `; ${others} more tokens below` : ''}
        </>
      ),
    },
    {
      name: 'Projected yield',
      value:
        projection === undefined ? <span className="quiet">not yet</span> : `${percentText(projection.part)} a year`,
      note:
        projection === undefined
          ? `told from ${LEAST_EPOCHS} paid epochs and ${durationText(LEAST_SECONDS)} on`
          : 'if it goes on as it did: see below',
    },
    {
      name: 'In the wallet',
      value: balance === null ? <span className="quiet">…</span> : <Amount of={balance} token={TSRA} />,
      note: asked === undefined ? 'as the indexer says' : 'as the chain says',
    },
  ]
  return (
    <>
      <Stats of={stats} />
      {projection !== undefined && (
        <details open className={styles.assumptions}>
          <summary>
            What the projected yield assumes: <Amount of={projection.perYear} token={TSRA} digits={2} /> a year
          </summary>
          <ul>
            {projection.assumptions.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

function claimNote({ checked, error }: Claims): string {
  if (checked !== undefined) return 'as the contract says'
  return error === null ? 'asking the contract' : 'the chain does not answer'
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
