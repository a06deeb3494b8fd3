// A miner that commits and never reveals earns nothing: the Run page, the miner's own page and its receipts say why, in words.

import { zeroReasons } from '@tessera/indexer/api/zeroReasons'
import { operatorOf } from './harness/pages.ts'
import { pageTest } from './harness/pageTest.ts'
import { SILENT_MINER } from './harness/stage.ts'

const SETTLED_LIMIT_MS = 120_000

/** The words for a code, as a page may show them: all or their beginning. */
function words(code: string): string {
  const text = zeroReasons[code]
  if (text === undefined) throw new Error(`no words for ${code}`)
  return text.replace(/\.$/, '')
}

pageTest('the Run page says that it never revealed', async ({ stage, page, open }) => {
  await open(`/run/${stage.world.network.run}`)
  const table = page.getByRole('region', { name: 'Contributions, newest first' })
  await page.getByRole('combobox', { name: 'Result' }).selectOption('unrevealed')
  await table.getByText(words('unrevealed')).first().waitFor({ timeout: SETTLED_LIMIT_MS })
})

pageTest(
  'its own page says why each of its epochs paid nothing, and what the receipts hold against it',
  async ({ stage, page, open }) => {
    const operator = operatorOf(stage, SILENT_MINER)
    await open(`/run/${stage.world.network.run}/miner/${operator}`)
    const main = page.getByRole('main')
    await main
      .getByText(words('zero-median'))
      .or(main.getByText(words('no-valid-round')))
      .first()
      .waitFor({
        timeout: SETTLED_LIMIT_MS,
      })
    // The newest settled epoch, with what each validator's receipt says of its rounds.
    await main
      .getByRole('button', { name: /Epoch \d+/ })
      .first()
      .click()
    await main.getByText(words('unrevealed')).first().waitFor({ timeout: SETTLED_LIMIT_MS })
  },
)
