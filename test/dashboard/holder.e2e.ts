// A holder acts: connects a wallet, delegates, votes, sponsors, undelegates, and says no. What is signed is what was shown; what the
// page shows afterwards is what the contracts say.

import assert from 'node:assert/strict'
import { getBallot } from '@tessera/chain/actions/getBallot'
import { getEmission } from '@tessera/chain/actions/getEmission'
import { getPosition } from '@tessera/chain/actions/getPosition'
import { getSponsorships } from '@tessera/chain/actions/getSponsorships'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { requestUnbond } from '@tessera/chain/actions/requestUnbond'
import type { Hex } from '@tessera/protocol/hex'
import { assertShown, confirm, connect, previewOf, untilStat } from './harness/acting.ts'
import { eventually } from './harness/eventually.ts'
import { fund, senderOf, TOKEN } from './harness/funds.ts'
import { HOLDER_KEY } from './harness/holderKey.ts'
import { operatorOf } from './harness/pages.ts'
import { pageTest } from './harness/pageTest.ts'
import { HONEST_MINERS, type Stage } from './harness/stage.ts'

const FUNDS = 1_000n * TOKEN
const DELEGATED = 250n * TOKEN
/** Anyone's who is not on the page before. */
const OTHER_KEY: Hex = `0x${'33'.repeat(32)}`

function positionOf({ world }: Stage, holder: Hex, operator: Hex): ReturnType<typeof getPosition> {
  return getPosition(world.network.chain, { operator, holder })
}

pageTest('a holder delegates what the preview says, and nothing else is signed', async ({ stage, page }) => {
  const { chain } = stage.world.network
  const holder = await fund(stage.world, HOLDER_KEY, FUNDS)
  const operator = operatorOf(stage, HONEST_MINERS[0])
  const acting = await connect(page, stage, { key: HOLDER_KEY })
  const { dialog } = acting
  await page.getByRole('button', { name: 'Delegate', exact: true }).first().click()
  await dialog.getByRole('radio', { name: `Operator ${operator}` }).check()
  await dialog.getByLabel('Amount to delegate').fill('250')
  await dialog.getByRole('button', { name: 'Review' }).click()
  const preview = await previewOf(acting)
  assert.match(preview, /250 TSRA/)
  assert.match(preview, /approve/)
  assert.match(preview, /deposit/)
  assert.match(preview, /the wallet holds 750 TSRA/)
  await confirm(acting)
  assert.equal(acting.wallet.asked.length, 2)
  assert.equal(await getTokenBalance(chain, { account: holder }), FUNDS - DELEGATED)
  const { value } = await positionOf(stage, holder, operator)
  assert.equal(await untilStat(page, 'Staked', (staked) => staked > 0n), value)
  assert.equal(await untilStat(page, 'In the wallet', (now) => now < FUNDS), FUNDS - DELEGATED)
})

pageTest('a no in the wallet is told, and nothing has changed', async ({ stage, page }) => {
  const holder = await fund(stage.world, HOLDER_KEY, 0n)
  const operator = operatorOf(stage, HONEST_MINERS[0])
  const before = await positionOf(stage, holder, operator)
  const acting = await connect(page, stage, { key: HOLDER_KEY })
  acting.wallet.manners = 'reject'
  await page.getByRole('button', { name: `Undelegate from ${operator}` }).click()
  await acting.dialog.getByLabel('Amount to undelegate').fill('50')
  await acting.dialog.getByRole('button', { name: 'Review' }).click()
  const shown = await previewOf(acting)
  await acting.dialog.getByRole('button', { name: 'Confirm in the wallet' }).click()
  await acting.dialog.getByText('Nothing was sent and nothing has changed').waitFor()
  assertShown(acting.wallet, 0, shown)
  assert.deepEqual(await positionOf(stage, holder, operator), before)
})

pageTest('undelegating gives a ticket with its time', async ({ stage, page }) => {
  const holder = await fund(stage.world, HOLDER_KEY, 0n)
  const operator = operatorOf(stage, HONEST_MINERS[0])
  const acting = await connect(page, stage, { key: HOLDER_KEY })
  await page.getByRole('button', { name: `Undelegate from ${operator}` }).click()
  await acting.dialog.getByLabel('Amount to undelegate').fill('50')
  await acting.dialog.getByRole('button', { name: 'Review' }).click()
  await confirm(acting)
  const ticket = page.getByRole('list', { name: 'Unbonding' }).getByRole('listitem')
  await ticket.getByText('ready in').waitFor()
  const unbonding = await ticket.locator('data').first().getAttribute('value')
  const { value } = await positionOf(stage, holder, operator)
  assert.equal(await untilStat(page, 'Staked', (staked) => staked < DELEGATED), value)
  // Never rounded up: at most a wei less than was asked for.
  assert.ok(BigInt(unbonding ?? 0) <= 50n * TOKEN && BigInt(unbonding ?? 0) >= 50n * TOKEN - 10n, unbonding ?? '')
})

pageTest('a vote is for the run that was named, from the next period on', async ({ stage, page }) => {
  const { chain, run } = stage.world.network
  const holder = await fund(stage.world, HOLDER_KEY, 0n)
  const acting = await connect(page, stage, { key: HOLDER_KEY })
  await page.getByRole('button', { name: 'Vote', exact: true }).click()
  await acting.dialog.getByLabel(/^Run 1\b.*percent/).fill('100')
  await acting.dialog.getByRole('button', { name: 'Review' }).click()
  await confirm(acting)
  const { period, begun } = await getEmission(chain)
  const ballot = await getBallot(chain, { holder, period: begun ? period + 1n : period })
  assert.deepEqual(
    ballot.map(({ run: of, bps }) => [of, bps]),
    [[run, 10_000]],
  )
})

pageTest('a sponsorship gives each epoch what the preview says', async ({ stage, page }) => {
  const { chain, run } = stage.world.network
  await fund(stage.world, HOLDER_KEY, 0n)
  const manager = chain.deployment.runCoordinator
  const acting = await connect(page, stage, { key: HOLDER_KEY })
  await page.getByRole('button', { name: 'Sponsor a run' }).click()
  await acting.dialog.getByLabel('Amount in all').fill('60')
  await acting.dialog.getByLabel('For each epoch').fill('6')
  await acting.dialog.getByRole('button', { name: 'Review' }).click()
  await confirm(acting)
  const { sponsorships } = await getSponsorships(chain, { manager, run, most: 1 })
  assert.equal(sponsorships[0]?.perEpoch, 6n * TOKEN)
  const row = page.getByRole('table', { name: 'Sponsorships' }).getByRole('row').nth(1)
  await row.waitFor()
  const amounts = await row
    .locator('data')
    .evaluateAll((cells) => (cells as unknown as readonly { value: string }[]).map(({ value }) => value))
  assert.deepEqual(amounts, [String(6n * TOKEN), String(60n * TOKEN)])
})

pageTest('what the contract refuses after the wallet has signed is told, with the reason', async ({ stage, page }) => {
  const { chain } = stage.world.network
  const operator = operatorOf(stage, HONEST_MINERS[1])
  const holder = await fund(stage.world, OTHER_KEY, 20n * TOKEN)
  const acting = await connect(page, stage, { key: OTHER_KEY })
  const { dialog, wallet } = acting
  await page.getByRole('button', { name: 'Delegate', exact: true }).first().click()
  await dialog.getByRole('radio', { name: `Operator ${operator}` }).check()
  await dialog.getByLabel('Amount to delegate').fill('20')
  await dialog.getByRole('button', { name: 'Review' }).click()
  await confirm(acting)
  await page.getByRole('button', { name: `Undelegate from ${operator}` }).click()
  await dialog.getByLabel('Amount to undelegate').fill('15')
  await dialog.getByRole('button', { name: 'Review' }).click()
  await previewOf(acting)
  wallet.manners = 'stall'
  await dialog.getByRole('button', { name: 'Confirm in the wallet' }).click()
  await dialog.getByText('In the wallet').first().waitFor()
  // The same person, in another window, takes out more than is left for this.
  const { shares } = await positionOf(stage, holder, operator)
  await senderOf(stage.world, OTHER_KEY).send(requestUnbond(chain.deployment, { operator, shares }))
  wallet.manners = 'approve'
  wallet.goOn()
  await dialog.getByText('The contract refused it in block').waitFor()
})

pageTest('a wallet on another network is told so, and switched before anything is signed', async ({ stage, page }) => {
  const { deployment } = stage.world.network.chain
  await fund(stage.world, HOLDER_KEY, 0n)
  const { wallet, dialog } = await connect(page, stage, { key: HOLDER_KEY, startsOn: 1 })
  await page.getByRole('button', { name: /^Wallet 0x.*on another network/ }).click()
  await dialog.getByRole('button', { name: /^Switch the wallet/ }).click()
  await dialog.getByText(`(chain ${deployment.chainId})`).waitFor()
  assert.deepEqual(wallet.asked, [])
  await eventually(
    'the button names the wallet alone',
    () => page.getByRole('button', { name: /on another network/, includeHidden: true }).count(),
    (count) => count === 0,
  )
})
