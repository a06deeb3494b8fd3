// The model in the visitor's browser: for the same seed, prompt and checkpoint it writes what Node's generator writes, two checkpoints
// side by side each write their own, and a genesis that was tampered with is not run.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { visibleText } from '@tessera/dashboard/format/hostile'
import { type Checkpoint, openCheckpoint } from '@tessera/node/openCheckpoint'
import { Generator } from '@tessera/training/generate'
import { toFloat } from '@tessera/training/parameters'
import { buildGenerateProgram } from '@tessera/training/programs/generate'
import { continueText } from '@tessera/training/writing'
import type { Locator, Page } from 'playwright-core'
import { until } from '../e2e/harness/until.ts'
import { eventually } from './harness/eventually.ts'
import { pageTest } from './harness/pageTest.ts'
import type { Stage } from './harness/stage.ts'
import { flippedBlob } from './harness/tamper.ts'
import { statesOf, stepsOf } from './harness/verifying.ts'

const FINAL_LIMIT_MS = 120_000
const LOAD_LIMIT_MS = 60_000
const SAMPLING = { seed: 7, temperature: 0.8, topK: 40, maxTokens: 60 } as const
const PROMPT = 'The '

/** Numbers of the first two final rounds. */
async function twoRounds({ world }: Stage): Promise<readonly [bigint, bigint]> {
  const { state } = await until(
    world.follower,
    'two rounds are final',
    ({ state: run }) => run.rounds.filter(({ end }) => end?.kind === 'final').length >= 2,
    { signal: world.signal, limitMs: FINAL_LIMIT_MS },
  )
  const [first, second] = state.rounds.filter(({ end }) => end?.kind === 'final').map(({ id }) => id)
  return [first ?? 0n, second ?? 0n]
}

/** A checkpoint as Node works it out. */
async function nodeCheckpoint({ world }: Stage, round: bigint): Promise<Checkpoint> {
  const { chain, run, mirror } = world.network
  const folder = await mkdtemp(join(tmpdir(), 'tessera-checkpoint-'))
  try {
    const checkpoint = await openCheckpoint({
      chain,
      run,
      round,
      folder,
      quotaBytes: 1e9,
      mirrors: [mirror],
      allowPrivate: true,
      signal: world.signal,
    })
    await checkpoint.close()
    return checkpoint
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** What it writes in Node, prompt included. */
async function nodeText(stage: Stage, round: bigint): Promise<string> {
  const { bundle, state } = await nodeCheckpoint(stage, round)
  const { model: config, tokenizer } = bundle
  const generator = await Generator.create({ program: buildGenerateProgram(config), config })
  try {
    const writer = { generator, tokenizer, parameters: toFloat(state) }
    const pieces = await Array.fromAsync(continueText({ ...writer, ...SAMPLING, prompt: PROMPT }))
    // As the page shows it: what would act on a page stands there as its code.
    return visibleText(PROMPT + pieces.join(''))
  } finally {
    await generator.dispose()
  }
}

function pathOf({ world }: Stage, models: Readonly<Record<string, string>>): string {
  const numbers = Object.entries(SAMPLING).map(([name, value]) => [name, String(value)])
  const text = new URLSearchParams({ ...models, ...Object.fromEntries(numbers), prompt: PROMPT }).toString()
  return `/model/${world.network.run}/${encodeURIComponent(text)}`
}

/** The part of the page with one model. */
function panel(page: Page, title: string): Locator {
  return page.locator('section').filter({ has: page.getByRole('heading', { name: title, exact: true, level: 2 }) })
}

async function load(within: Locator): Promise<void> {
  await within.getByRole('button', { name: 'Load the model' }).click()
  await within.getByRole('heading', { name: 'What it writes' }).waitFor({ timeout: LOAD_LIMIT_MS })
}

async function written(within: Locator): Promise<string> {
  const text = within.getByTestId('written')
  const look = async (): Promise<string> =>
    (await text.getAttribute('aria-busy')) === 'false' ? ((await text.textContent()) ?? '') : ''
  return await eventually('the model has written', look, (now) => now.length > PROMPT.length && now !== 'Nothing yet.')
}

pageTest('the model in the browser writes what the model in Node writes', async ({ stage, page, open }) => {
  const [round] = await twoRounds(stage)
  await open(pathOf(stage, { left: String(round) }))
  const model = panel(page, 'The model')
  await load(model)
  await model.getByRole('button', { name: 'Write', exact: true }).click()
  assert.equal(await written(model), await nodeText(stage, round))
  // The indexer measured the same checkpoint in a process of its own.
  await model.getByRole('button', { name: 'Write it here, too' }).click()
  await model.getByText('the same text').waitFor()
})

pageTest('two checkpoints side by side write from the same seed, each its own text', async ({ stage, page, open }) => {
  const [first, second] = await twoRounds(stage)
  await open(pathOf(stage, { left: String(first), right: String(second) }))
  const sides = [panel(page, 'Left'), panel(page, 'Right')] as const
  for (const side of sides) await load(side)
  await page.getByRole('button', { name: 'Write with both' }).click()
  const [left, right] = [await written(sides[0]), await written(sides[1])]
  assert.equal(left, await nodeText(stage, first))
  assert.equal(right, await nodeText(stage, second))
  assert.notEqual(left, right)
})

pageTest('a genesis that was tampered with is told and not run', async ({ stage, page, open }) => {
  const [round] = await twoRounds(stage)
  const { genesis } = (await nodeCheckpoint(stage, 0n)).bundle.manifest
  const stop = stage.browsing.proxy.tamper(flippedBlob(genesis))
  try {
    await open(pathOf(stage, { left: String(round) }))
    await panel(page, 'The model').getByRole('button', { name: 'Load the model' }).click()
    const steps = await stepsOf(page, 'Steps of loading')
    assert.equal(statesOf(steps).fold, 'red', JSON.stringify(steps))
    assert.ok(stop.altered() > 0)
    assert.equal(await page.getByRole('heading', { name: 'What it writes' }).count(), 0)
  } finally {
    stop()
  }
})
