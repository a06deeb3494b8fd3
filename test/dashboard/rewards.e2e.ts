// What a holder earns: it accrues over epochs on the page as on chain, and after a claim the wallet's balance is higher by exactly what
// the page said.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { getClaimable } from '@tessera/chain/actions/getClaimable'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import type { Hex } from '@tessera/protocol/hex'
import type { Page } from 'playwright-core'
import { confirm, connect, previewOf, statOf, untilStat } from './harness/acting.ts'
import { eventually } from './harness/eventually.ts'
import { fund } from './harness/funds.ts'
import { HOLDER_KEY } from './harness/holderKey.ts'
import { operatorOf } from './harness/pages.ts'
import { pageTest } from './harness/pageTest.ts'
import { HONEST_MINERS, type Stage } from './harness/stage.ts'

/** An epoch of the tests' network, its scoring, and a busy machine. */
const EPOCH_LIMIT_MS = 120_000
/** Wei of the network's token that the contract would pay the holder now, of all sources. */
async function onChain({ world }: Stage, holder: Hex, operator: Hex): Promise<bigint> {
  const { chain, run } = world.network
  const manager = chain.deployment.runCoordinator
  await world.follower.poll(world.signal)
  const { epochs, sponsorships } = world.follower.current?.state ?? { epochs: new Map(), sponsorships: new Map() }
  const settled = [...epochs.values()].filter(({ settlement }) => settlement?.booked === true).map(({ id }) => id)
  const sources = [0n, ...sponsorships.keys()]
  const amounts = await Promise.all(
    sources.map((source) => getClaimable(chain, { manager, run, source, operator, holder, epochs: settled })),
  )
  return amounts.reduce((sum, amount) => sum + amount, 0n)
}

/** The page's claimable amount, once it is more than `than` and what the contract says at that moment. */
async function claimableAbove(stage: Stage, page: Page, holder: Hex, than: bigint): Promise<bigint> {
  const operator = operatorOf(stage, HONEST_MINERS[0])
  const look = async () => ({
    page: await statOf(page, 'Claimable now'),
    chain: await onChain(stage, holder, operator),
  })
  const isRight = (now: Awaited<ReturnType<typeof look>>): boolean => now.page === now.chain && now.chain > than
  return (await eventually(`more than ${than} wei claimable, on the page as on chain`, look, isRight, EPOCH_LIMIT_MS))
    .chain
}

pageTest('rewards accrue over epochs, and a claim pays exactly what the page said', async ({ stage, page }) => {
  const { chain } = stage.world.network
  const holder = await fund(stage.world, HOLDER_KEY, 0n)
  const acting = await connect(page, stage, { key: HOLDER_KEY })
  const first = await claimableAbove(stage, page, holder, 0n)
  await claimableAbove(stage, page, holder, first)

  const before = await getTokenBalance(chain, { account: holder })
  await page.getByRole('button', { name: 'Claim all' }).click()
  const preview = await previewOf(acting)
  const said = amountIn(preview)
  await confirm(acting)
  const after = await getTokenBalance(chain, { account: holder })
  assert.equal(after - before, said)
  assert.equal(await untilStat(page, 'In the wallet', (now) => now !== before), after)
  await page.getByRole('region', { name: 'Earnings', exact: true }).getByText('paid').first().waitFor()
})

/** Wei that a preview says will be claimed: `Claim 12.5 TSRA …`. */
function amountIn(preview: string): bigint {
  const [, whole = '', fraction = ''] = /Claim ([\d\s\u2009,]+)(?:\.(\d+))? TSRA/.exec(preview) ?? []
  assert.notEqual(whole, '', preview)
  return BigInt(whole.replaceAll(/\D/g, '') + fraction.padEnd(18, '0'))
}

pageTest('the history is the same in the list, as CSV and as JSON', async ({ stage, page, open }) => {
  const { address } = stage.world.network.delegator
  await open(`/holder/${address}`)
  const saved = async (name: string): Promise<string> => {
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name }).click()
    return await readFile(await (await download).path(), 'utf8')
  }
  await page
    .getByRole('link', { name: /^Verify the pay of run 1, epoch 1/ })
    .first()
    .waitFor({ timeout: EPOCH_LIMIT_MS })
  const json = JSON.parse(await saved('Export as JSON')) as { readonly earnings: readonly object[] }
  const lines = (await saved('Export as CSV')).trim().split(/\r?\n/)
  assert.ok(json.earnings.length > 0)
  // An epoch may settle between the two.
  assert.ok(lines.length - 1 >= json.earnings.length)
})
