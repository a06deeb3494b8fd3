// What an account has of a token, as the chain says.

import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import type { Chain } from '@tessera/chain/clients'
import { type KnownToken, tokenAt } from '@tessera/chain/plans/tokenAmounts'
import type { Hex } from '@tessera/protocol/hex'

export interface Balance {
  readonly token: KnownToken
  /** Units of the token. */
  readonly amount: bigint
}

/** @param token The deployment's own if not given. */
export function useBalance(chain: Chain | undefined, account: Hex, token?: Hex): UseQueryResult<Balance> {
  const address = token ?? chain?.deployment.token
  return useQuery({
    queryKey: ['balance', account, address],
    queryFn: async ({ signal }) => {
      // Not asked before both are known: enabled.
      if (chain === undefined || address === undefined) throw new Error('the chain is not open')
      const [known, amount] = await Promise.all([
        tokenAt(chain, address, { signal }),
        getTokenBalance(chain, { account, token: address }, { signal }),
      ])
      return { token: known, amount }
    },
    enabled: chain !== undefined,
    refetchInterval: BALANCE_MS,
  })
}

const BALANCE_MS = 12_000
