import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerCalls } from '@tessera/chain/answers.fixture'
import { FakeChain } from '@tessera/chain/fakeChain.fixture'
import { lowerHex } from '@tessera/protocol/hex'
import { checkClaims, duesOf, type ToldClaim } from './claims.ts'

const operator = `0x${'bb'.repeat(20)}` as const
const holder = `0x${'aa'.repeat(20)}` as const

function desk(claimed: readonly bigint[] = []) {
  const chain = new FakeChain()
  const asked = answerCalls(chain, {
    // Each epoch pays its number.
    claimable: ({ epochs }: { epochs: readonly bigint[] }) =>
      epochs.filter((epoch) => !claimed.includes(epoch)).reduce((sum, epoch) => sum + epoch, 0n),
  })
  const told: ToldClaim = {
    run: 1,
    source: 0,
    token: { address: lowerHex(chain.deployment.token), symbol: 'TSRA', decimals: 18 },
    operator,
    holder,
    epochs: [1, 2, 3],
    amount: 6n,
  }
  return { chain, told, asked }
}

test('what is told is asked of the contract', async () => {
  const { chain, told } = desk([2n])
  const [checked] = await checkClaims(chain, [told])
  assert.deepEqual([checked?.told.amount, checked?.amount], [6n, 4n])
})

test('many epochs are asked for in parts that a server answers', async () => {
  const { chain, told, asked } = desk()
  const epochs = Array.from({ length: 130 }, (_, at) => at + 1)
  const [checked] = await checkClaims(chain, [{ ...told, epochs }])
  assert.deepEqual([checked?.amount, asked.length], [8_515n, 3])
})

test('only what the contract pays is claimed, with its exact amounts', async () => {
  const { chain, told } = desk([2n])
  const [due] = await duesOf(chain, [told])
  assert.deepEqual([due?.epochs, due?.amounts, due?.token.native], [[1n, 3n], [1n, 3n], true])
  assert.deepEqual(await duesOf(desk([1n, 2n, 3n]).chain, [told]), [])
})
