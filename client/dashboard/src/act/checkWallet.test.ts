import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPENING, type Wallets } from '../wallet/wallets.ts'
import { checkWallet } from './checkWallet.ts'

const account = `0x${'aa'.repeat(20)}` as const
const genesisHash = `0x${'11'.repeat(32)}` as const
const shown = { account, chainId: 31377, genesisHash }

function wallet(connection: Wallets['state']['connection'], genesis: unknown): Pick<Wallets, 'state' | 'request'> {
  return {
    state: { ...OPENING, status: 'connected', connection },
    request: async () => {
      if (genesis instanceof Error) throw genesis
      return genesis
    },
  }
}

const connection = { account, chainId: 31377, wallet: 'Test' }

test('a wallet that is where it was may be asked, also when it does not tell of block 0', async () => {
  for (const genesis of [{ hash: genesisHash }, null, {}, { hash: 'x' }, new Error('no such method')])
    await checkWallet(wallet(connection, genesis), shown)
})

test('another account or network than was shown is not asked', async () => {
  for (const other of [
    undefined,
    { ...connection, chainId: 1 },
    { ...connection, account: `0x${'bb'.repeat(20)}` as const },
  ])
    await assert.rejects(checkWallet(wallet(other, null), shown), { code: 'wallet/moved' })
})

test('the same number with another chain behind it is not asked', async () => {
  const other = { hash: `0x${'22'.repeat(32)}` }
  await assert.rejects(checkWallet(wallet(connection, other), shown), { code: 'wallet/other-chain' })
})
