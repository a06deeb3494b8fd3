// What a run's charts say, in a sentence each. Pure.

import { median } from '../charts/thin.ts'
import { bytesText, compactText, countText, durationText, lossText } from '../format/numbers.ts'
import { plural } from '../format/plural.ts'
import type { Series } from '../queries/mergeSeries.ts'

export function lossSummary({ round, loss }: Series): string {
  const known = round.flatMap((number, at) => {
    const value = loss[at]
    return typeof value === 'number' ? [{ number, value }] : []
  })
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined) return 'No loss has been measured yet.'
  if (first === last) return `Held-out loss is ${lossText(first.value)} after round ${first.number}.`
  const verb = last.value < first.value ? 'fell' : last.value > first.value ? 'rose' : 'stayed'
  return `Held-out loss ${verb} from ${lossText(first.value)} after round ${countText(first.number)} to ${lossText(last.value)} after round ${countText(last.number)}.`
}

export function mosaicSummary(series: Pick<Series, 'round' | 'void' | 'included' | 'cells'>): string {
  const rounds = series.round.length
  const voids = series.void.filter((reason) => reason !== '').length
  const included = series.included.reduce((sum, value) => sum + value, 0)
  const possible = series.cells.reduce((sum, text) => sum + text.replaceAll('.', '').length, 0)
  if (rounds === 0) return 'No round is over yet.'
  const part =
    possible === 0 ? '' : ` ${countText(included)} of ${countText(possible)} possible contributions were included.`
  return `${plural(rounds, 'round')}: ${countText(rounds - voids)} final, ${countText(voids)} void.${part}`
}

export interface Cost {
  readonly name: string
  readonly values: readonly number[]
  readonly text: (value: number) => string
}

/** Bytes, gas and seconds of each round. */
export function costsOf({ bytes, gas, openedAt, closedAt }: Series): readonly Cost[] {
  return [
    { name: 'Bytes', values: bytes, text: bytesText },
    { name: 'Gas', values: gas, text: compactText },
    {
      name: 'Duration',
      // A hostile answer may have a round end before it opened.
      values: closedAt.map((closed, at) => Math.max(0, closed - (openedAt[at] ?? closed))),
      text: durationText,
    },
  ]
}

export function costSummary({ name, values, text }: Cost): string {
  if (values.length === 0) return `${name}: no round is over yet.`
  const most = values.reduce((a, b) => Math.max(a, b), 0)
  return `${name}: ${text(median(values))} a round at the median, ${text(most)} at most.`
}
