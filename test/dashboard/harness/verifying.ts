// What the Verify page says of each step, and what it compared.

import type { Page } from 'playwright-core'
import { eventually } from './eventually.ts'

export interface ShownStep {
  readonly id: string
  readonly state: string
  readonly text: string
}

/** A fold of some rounds on a busy machine. */
const CHECK_LIMIT_MS = 90_000

/** The steps when none is waiting or under way. */
export async function stepsOf(page: Page, label = 'Steps of the check'): Promise<readonly ShownStep[]> {
  const items = page.getByRole('list', { name: label }).locator('> li')
  const look = (): Promise<ShownStep[]> =>
    items.evaluateAll((found) =>
      (found as unknown as readonly { dataset: Record<string, string>; textContent: string }[]).map(
        ({ dataset, textContent }) => ({ id: dataset.step ?? '', state: dataset.state ?? '', text: textContent }),
      ),
    )
  const isOver = (steps: readonly ShownStep[]): boolean =>
    steps.length > 0 && steps.every(({ state }) => state !== 'waiting' && state !== 'running')
  return await eventually('every step of the check is over', look, isOver, CHECK_LIMIT_MS)
}

/** By step, how it ended. */
export function statesOf(steps: readonly ShownStep[]): Readonly<Record<string, string>> {
  return Object.fromEntries(steps.map(({ id, state }) => [id, state]))
}
