// Where the emission stands: the period under way, and how the votes of the last paid one divided what it emitted.

import type { Answer } from '../api/routes.ts'
import { emissionOf } from './chainFacts.ts'
import { nowOf, type Source } from './source.ts'

export async function emission(source: Source): Promise<Answer<'emission'>> {
  const { ledger, at } = nowOf(source)
  const schedule = await source.chain.schedule()
  const supply = await source.chain.supply()
  const { start, seconds, cap } = schedule
  const period = Math.max(0, Math.floor((at - start) / seconds))
  const { paid, lastPeriod } = ledger.emission
  const whole = lastPeriod === null ? 0n : emissionOf(schedule, Number(lastPeriod))
  return {
    period,
    endsAt: start + (period + 1) * seconds,
    seconds,
    amount: emissionOf(schedule, period),
    supply,
    cap,
    runs: [...paid]
      .filter(([, last]) => last.period === lastPeriod)
      .map(([run, { votes, amount }]) => {
        return { run: Number(run), votes, shareBps: whole === 0n ? 0 : Number((amount * 10_000n) / whole) }
      }),
  }
}
