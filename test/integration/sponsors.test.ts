// Money for runs from the command line, on a real chain: a wallet sponsors a run with an ERC-20, adds to it, takes back what is free
// and what epochs did not earn, and grants. One chain for all, and each test goes on where the one before ended.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, type TestContext, test } from 'node:test'
import { getEscrowEpoch } from '@tessera/chain/actions/getEscrowEpoch'
import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getSponsorship } from '@tessera/chain/actions/getSponsorship'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { rewardEscrowAbi } from '@tessera/chain/generated/rewardEscrow'
import { contractRequest } from '@tessera/chain/request'
import { ARTIFACTS } from '@tessera/deploy/artifacts'
import type { Hex } from '@tessera/protocol/hex'
import { CommandLine } from './commandLine.ts'

const TOKEN = 10n ** 18n
const OTHER: Hex = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'

let line: CommandLine
let giver: Hex
/** An ERC-20 of which the wallet has 200. */
let token: Hex

before(async () => {
  line = await CommandLine.start()
  await line.makeRuns(1)
})

after(async () => {
  await line.harness.close()
})

const run = (t: TestContext, words: string) => line.run(t, 'giver', words)
const balance = (account: Hex) => getTokenBalance(line.chain, { account, token })
const sponsorship = (source: bigint, manager: Hex = line.chain.deployment.runCoordinator) =>
  getSponsorship(line.chain, { manager, run: 1n, source })

/** Our own contract once more: another token that calls itself the same. */
async function makeToken(holder: Hex): Promise<Hex> {
  const { harness } = line
  const { bytecode } = JSON.parse(await readFile(`${ARTIFACTS}/contracts/Token.sol/Token.json`, 'utf8'))
  const supply = 200n * TOKEN
  const args = [0n, BigInt(holder), supply, supply].map((value) => value.toString(16).padStart(64, '0'))
  const from = line.holder.address
  await harness.rpc('anvil_impersonateAccount', [from])
  const data = `${bytecode}${args.join('')}`
  const hash = await harness.rpc('eth_sendTransaction', [{ from, data, gas: '0x400000' }])
  await harness.rpc('anvil_stopImpersonatingAccount', [from])
  const receipt = (await harness.rpc('eth_getTransactionReceipt', [hash])) as { contractAddress: Hex }
  return receipt.contractAddress
}

test('a run is sponsored in another token, after approval of just so much', async (t) => {
  giver = await line.makeWallet(t, 'giver', 50n * TOKEN)
  token = await makeToken(giver)
  const words = `sponsor new --token ${token} --amount 95 --per-epoch 10`
  const { transactions, warnings } = JSON.parse((await run(t, `${words} --dry-run --json`)).written)
  assert.deepEqual(
    transactions.map(({ call, tried }: { call: string; tried: boolean }) => [call, tried]),
    [
      ['approve', true],
      ['sponsor', true],
    ],
  )
  assert.match(warnings[1], /calls itself TSRA and is not the token of this deployment/)
  const { notes, written } = await run(t, `${words} --yes`)
  assert.match(notes[0] ?? '', new RegExp(`^Sponsor run 1 with 95 of ${token} of ${giver}\\.$`, 'i'))
  assert.match(notes[1] ?? '', /pays 10 of 0x\w+ for each of the 9 epochs 1 to 9, and 5 of 0x\w+ for epoch 10$/)
  assert.match(written, /^sponsorship 1 of run 1$/m)
  assert.deepEqual([(await sponsorship(1n))?.budget, await balance(giver)], [95n * TOKEN, 105n * TOKEN])
  await assert.rejects(run(t, `${words.replace('95', '106')} --yes`), { code: 'sponsor/too-few-tokens' })
  const noToken = words.replace(/0x\w+/, OTHER)
  await assert.rejects(run(t, `${noToken} --yes`), { code: 'sponsor/bad-token' })
})

test('a sponsorship is raised, shown, and taken back while no epoch holds it', async (t) => {
  await run(t, 'sponsor top-up --source 1 --amount 5 --yes')
  await assert.rejects(run(t, 'sponsor top-up --source 2 --amount 5 --yes'), { code: 'sponsor/unknown' })
  const shown = (await run(t, 'sponsor show')).written
  assert.match(shown, /^next epoch +1, which 1 sponsorships pay$/m)
  assert.match(shown, new RegExp(`^sponsorship 1 +100 of ${token}, 100 of ${token} of it free; of ${giver}$`, 'im'))
  assert.match(shown, /^ +pays 10 of 0x\w+ for each of the 10 epochs 1 to 10$/m)
  await run(t, `sponsor withdraw --source 1 --amount 30 --to ${OTHER} --yes`)
  assert.equal(await balance(OTHER), 30n * TOKEN)
  await assert.rejects(run(t, 'sponsor withdraw --source 1 --amount 71 --yes'), { code: 'sponsor/not-enough' })
  await run(t, 'sponsor withdraw --source 1 --all --yes')
  assert.deepEqual([(await sponsorship(1n))?.budget, await balance(giver)], [0n, 170n * TOKEN])
  const { sponsorships } = JSON.parse((await run(t, 'sponsor show --json')).written)
  assert.deepEqual([sponsorships[0].free, sponsorships[0].decimals], ['0', 18])
})

/** Epochs as a coordinator opens and settles them: to the escrow everyone is one, for runs of its own. */
async function epochs(shares: readonly bigint[]): Promise<void> {
  const { rewardEscrow: to } = line.chain.deployment
  const act = (functionName: 'openEpoch' | 'settleEpoch', args: readonly [bigint, bigint, bigint]) =>
    line.harness.send(line.holder, contractRequest({ to, abi: rewardEscrowAbi, functionName, args }))
  for (const [index, share] of shares.entries()) {
    await act('openEpoch', [1n, BigInt(index + 1), 0n])
    await act('settleEpoch', [1n, BigInt(index + 1), share])
  }
}

test('what epochs hold stays, and what they did not earn goes back', async (t) => {
  const manager = line.holder.address
  const foreign = `--manager ${manager}`
  const { notes } = await run(t, `sponsor new --token ${token} --amount 100 --per-epoch 10 ${foreign} --yes`)
  assert.ok(notes.some((note) => /another coordinator than that of this deployment/.test(note)))
  await epochs([2n ** 63n, 2n ** 64n, 0n])
  assert.equal((await getEscrowEpoch(line.chain, { manager, run: 1n, epoch: 1n }))?.totalShare, 2n ** 63n)
  const before = await balance(giver)
  const said = (await run(t, `sponsor reclaim --source 1 ${foreign} --yes`)).notes
  assert.match(
    said[0] ?? '',
    /^Take back 15 of 0x\w+ that epochs 1 to 3 of run 1 of the coordinator 0x\w+ did not earn/,
  )
  assert.equal((await balance(giver)) - before, 15n * TOKEN)
  assert.equal((await sponsorship(1n, manager))?.next, 4n)
  await assert.rejects(run(t, `sponsor reclaim --source 1 ${foreign} --yes`), { code: 'sponsor/nothing-to-reclaim' })
  await assert.rejects(run(t, `sponsor withdraw --source 1 --amount 71 ${foreign} --yes`), {
    code: 'sponsor/not-enough',
    message: /^70 of 0x/,
  })
  await run(t, `sponsor withdraw --source 1 --all ${foreign} --yes`)
  assert.equal((await balance(giver)) - before, 85n * TOKEN)
})

test('only a sponsor takes back, and a grant stays', async (t) => {
  await line.makeWallet(t, 'other', TOKEN)
  await assert.rejects(line.run(t, 'other', 'sponsor withdraw --source 1 --all --yes'), { code: 'sponsor/not-yours' })
  await assert.rejects(run(t, 'sponsor grant --run 2 --amount 5 --yes'), { code: 'run/unknown' })
  const { notes } = await run(t, 'sponsor grant --amount 5 --yes')
  assert.ok(notes.some((note) => /nobody can take it back/.test(note)))
  const { granted } = await getNextEpoch(line.chain, { manager: line.chain.deployment.runCoordinator, run: 1n })
  assert.equal(granted, 5n * TOKEN)
  assert.match((await run(t, 'sponsor show')).written, /^grant +5 TSRA$/m)
  // Of the deployment's own token, which needs no address.
  await run(t, 'sponsor new --amount 20 --per-epoch 7.5 --yes')
  assert.equal((await sponsorship(2n))?.token, line.chain.deployment.token)
})
