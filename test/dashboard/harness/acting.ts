// How a person acts on the Holder page: connects the wallet, fills in a dialog, reads what would happen, confirms.

import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'
import { eventually } from './eventually.ts'
import { openPath } from './openPath.ts'
import type { Stage } from './stage.ts'
import { installWallet, WALLET_NAME, type Wallet } from './wallet.ts'

/** Blocks come each second; a reading of two steps takes some. */
const MINED_LIMIT_MS = 40_000

export interface Acting {
  readonly wallet: Wallet
  readonly page: Page
  /** The one dialog. */
  readonly dialog: Locator
}

/** Opens the Holder page with the wallet connected. */
export async function connect(
  page: Page,
  { site, world }: Stage,
  wallet: { readonly key: `0x${string}`; readonly startsOn?: number },
): Promise<Acting> {
  const { anvil, chain } = world.network
  const installed = await installWallet(page, { ...wallet, rpcUrl: anvil.rpcUrl, chainId: chain.deployment.chainId })
  await openPath(page, site, '/holder')
  await page.getByRole('list', { name: 'Wallets' }).getByRole('button', { name: WALLET_NAME }).click()
  await page.getByText('your wallet', { exact: true }).waitFor()
  return { wallet: installed, page, dialog: page.getByRole('dialog') }
}

/** The exact value, in units of the token, of a number with a name at the top of a page. */
export async function statOf(page: Page, name: string): Promise<bigint | undefined> {
  const value = page
    .locator('dl > div')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('data')
    .first()
  if ((await value.count()) === 0) return undefined
  const exact = await value.getAttribute('value')
  return exact === null ? undefined : BigInt(exact)
}

export async function untilStat(
  page: Page,
  name: string,
  isRight: (value: bigint) => boolean,
  limitMs?: number,
): Promise<bigint> {
  const value = await eventually(
    name,
    () => statOf(page, name),
    (now) => now !== undefined && isRight(now),
    limitMs,
  )
  return value ?? 0n
}

/** The preview's text, once what would happen was tried on the chain. */
export async function previewOf({ dialog }: Acting): Promise<string> {
  await dialog.getByRole('heading', { name: 'Afterwards' }).waitFor()
  return (await dialog.textContent()) ?? ''
}

/** Confirms what the dialog shows, and waits for its end. Returns what was signed: it must be what was shown. */
export async function confirm(acting: Acting): Promise<void> {
  const shown = await previewOf(acting)
  const before = acting.wallet.asked.length
  await acting.dialog.getByRole('button', { name: 'Confirm in the wallet' }).click()
  await acting.dialog.getByRole('heading', { name: 'Done' }).waitFor({ timeout: MINED_LIMIT_MS })
  assertShown(acting.wallet, before, shown)
  await acting.dialog.getByRole('button', { name: 'Close' }).last().click()
}

/** Nothing was signed but what the preview showed: every transaction's bytes and contract stand in it. */
export function assertShown(wallet: Wallet, from: number, shown: string): void {
  const asked = wallet.asked.slice(from)
  assert.ok(asked.length > 0)
  for (const { method, params } of asked) {
    assert.equal(method, 'eth_sendTransaction')
    const [{ data, value }] = params as [{ data: string; value?: string }]
    assert.ok(shown.includes(data), `${data} was signed and not shown`)
    assert.equal(BigInt(value ?? 0), 0n)
  }
}
