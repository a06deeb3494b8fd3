// The key of a node, the chain that it is on, and whom it acts for there.

import { systemClock } from '@tessera/agent/clock'
import { loadKeystore, readPassword } from '@tessera/agent/keystore'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { accountOf } from '@tessera/chain/account'
import { getOperator } from '@tessera/chain/actions/getOperator'
import { MAX_DEPLOYMENT_BYTES, parseDeployment } from '@tessera/chain/addresses'
import { type Chain, openChain } from '@tessera/chain/clients'
import { TransactionSender } from '@tessera/chain/send'
import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import type { NodeOptions } from './nodeOptions.ts'

export interface Identity {
  readonly chain: Chain
  readonly run: bigint
  readonly operator: Hex
  /** The hot key. */
  readonly account: ReturnType<typeof accountOf>
  readonly sender: TransactionSender
}

/** The key, the chain, and whom the key acts for on it. */
export async function openIdentity(options: NodeOptions, signal: AbortSignal): Promise<Identity> {
  const { keystorePassword, keystorePasswordFile } = options
  const password = await readPassword({ password: keystorePassword, passwordFile: keystorePasswordFile })
  const key = await loadKeystore({ path: options.keystore, password, signal })
  const file = await readFileLimited(options.deployment, MAX_DEPLOYMENT_BYTES)
  const chain = await openChain({
    rpcUrl: options.rpc,
    deployment: parseDeployment(new TextDecoder().decode(file)),
    signal,
  })
  const operator = await operatorFor(chain, key.address, signal)
  const account = accountOf(key.privateKey)
  const sender = new TransactionSender({ chain, account, clock: systemClock, pollMs: options.pollInterval })
  return { chain, run: BigInt(options.run), operator, account, sender }
}

/** The operator that the key acts for. Errors: `node/not-an-operator`. */
async function operatorFor(chain: Chain, account: Hex, signal: AbortSignal): Promise<Hex> {
  const operator = await getOperator(chain, { account }, { signal })
  if (operator === undefined) {
    throw new TesseraError(
      'node/not-an-operator',
      `the key ${account} is neither an operator nor the delegate of one`,
      {
        hint: 'Deposit stake and name this key as delegate with the operator’s own key, or give the right key file',
        context: { account, stakeVault: chain.deployment.stakeVault },
      },
    )
  }
  return lowerHex(operator)
}
