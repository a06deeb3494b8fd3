// Whose stake or pay a command is about: the operator that is named, or the one that the wallet is.

import type { Resolved } from '@tessera/agent/optionTable'
import { getOperator } from '@tessera/chain/actions/getOperator'
import type { Chain } from '@tessera/chain/clients'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Scene } from './command.ts'
import { findWallet, type walletOptions } from './wallets.ts'

/** The zero address. */
export const NO_ONE: Hex = '0x0000000000000000000000000000000000000000'

/** Spread into the table of a command about an operator. */
export const operatorOption = {
  operator: {
    flag: 'operator',
    env: 'TESSERA_OPERATOR',
    type: 'address',
    description: 'Address of the operator; the one that the wallet is, or acts for, if not given',
  },
} as const

/**
 * Spread into the table of a command about the wallet's part of a pool. Not the operator that the wallet acts for: a stranger can
 * name any key its delegate, and would be given the money.
 */
export const poolOption = {
  operator: {
    ...operatorOption.operator,
    description: 'Operator whose pool it is about; the wallet itself if not given',
  },
} as const

/** The operator that an account is or acts for; the account itself if it is neither yet. */
async function operatorOf(chain: Chain, account: Hex, { signal }: Pick<Scene, 'signal'>): Promise<Hex> {
  return (await getOperator(chain, { account }, { signal })) ?? account
}

/** Errors: `wallet/no-address` and those of `findWallet`. */
export async function namedOrOwnOperator(
  chain: Chain,
  options: Resolved<typeof operatorOption> & Pick<Resolved<typeof walletOptions>, 'wallet' | 'wallets'>,
  scene: Scene,
): Promise<Hex> {
  if (options.operator !== undefined) return options.operator
  const { name, address } = await findWallet(options, scene)
  if (address !== undefined) return await operatorOf(chain, address, scene)
  throw new TesseraError('wallet/no-address', `the file of the wallet ${name} does not say its address`, {
    hint: 'Give --operator with the address that `tessera wallet show --check` prints',
  })
}
