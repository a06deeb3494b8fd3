// What is typed for a vote, and the option and errors of commands about the positions of a holder.

import type { Choice } from '@tessera/chain/actions/vote'
import { MAX_OPERATORS, sumOf, WHOLE } from '@tessera/chain/plans/ballots'
import { percent } from '@tessera/chain/plans/texts'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'

/** Spread into the table of a command about the positions of a holder. */
export const positionsOption = {
  operators: {
    flag: 'operator',
    env: 'TESSERA_OPERATORS',
    type: 'list',
    items: 'address',
    max: MAX_OPERATORS,
    description: 'Operators with whom the holder has stake; those that it has ever deposited with if not given',
  },
} as const

/**
 * Reads `1:60`, `2:40`; a run that stands alone gets all.
 * @throws `vote/bad-choice`, `vote/too-much`
 */
export function parseChoices(texts: readonly string[], manager: Hex): readonly Choice[] {
  const choices = texts.map((text): Choice => {
    const [, run = '', whole, fraction = ''] = /^([1-9]\d{0,18})(?::(\d{1,3})(?:\.(\d{1,2}))?)?$/.exec(text) ?? []
    if (run === '' || (whole === undefined && texts.length > 1)) throw badChoice(text, 'is not RUN:PERCENT')
    const bps = whole === undefined ? WHOLE : Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
    if (bps === 0) throw badChoice(text, 'gives nothing')
    return { manager, run: BigInt(run), bps }
  })
  const twice = choices.find(({ run }, at) => choices.findIndex((other) => other.run === run) < at)
  if (twice !== undefined) throw badChoice(String(twice.run), 'is named twice')
  const sum = sumOf(choices)
  if (sum > WHOLE)
    throw new TesseraError('vote/too-much', `the parts are ${percent(BigInt(sum))} together`, {
      hint: 'Give 100 % or less; what is left counts for nobody',
      context: { bps: sum },
    })
  return choices
}

function badChoice(text: string, why: string): TesseraError {
  return new TesseraError('vote/bad-choice', `"${text}" ${why}`, {
    hint: 'Give runs with their parts in percent, such as --for 1:60,2:40, or one run alone',
    context: { text },
  })
}
