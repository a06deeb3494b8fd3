// Which token an amount is in. A symbol is a stranger's word, so a token that is not the network's is told by its address, too.

import type { Hex } from '@tessera/protocol/hex'
import { sameHex } from '@tessera/protocol/hex'
import type { ReactNode } from 'react'
import type { TokenLike } from '../components/Amount.tsx'
import { Identity } from '../components/Identity.tsx'
import { visibleLine } from '../format/hostile.ts'
import { useNetwork } from '../network/NetworkContext.tsx'

export function TokenName({ token }: { readonly token: TokenLike }): ReactNode {
  const { deployment } = useNetwork()
  if (sameHex(token.address as Hex, deployment.token)) return 'TSRA'
  return (
    <span>
      {visibleLine(token.symbol ?? '', 16)} <Identity hex={token.address} what="token" />
    </span>
  )
}
