import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, type BoardRound } from './board.ts'

const ROUND: BoardRound = {
  round: 3n,
  included: 2,
  miners: 4,
  root: `0x${'ab'.repeat(32)}`,
  final: true,
  paid: 25n * 10n ** 17n,
}
const MEMBER = { operator: `0x${'11'.repeat(20)}`, role: 'miner' } as const

function board(): { board: Board; lines: string[]; clock: { now: number } } {
  const lines: string[] = []
  const clock = { now: 0 }
  return { board: new Board({ print: (line) => lines.push(line), now: () => clock.now }), lines, clock }
}

test('a final round is one line, once its loss is known', () => {
  const { board: shown, lines, clock } = board()
  clock.now = 12_300
  shown.finished(ROUND)
  assert.deepEqual(lines, [])
  shown.record(MEMBER, { event: 'state', round: '3', root: ROUND.root, evalLoss: 2.5 })
  assert.deepEqual(lines, ['round    3  loss 2.5000  included 2/4  root 0xabababab…  paid     2.50 TSRA    12.3 s'])
  assert.deepEqual(shown.rounds, [{ round: 3, included: 2, root: ROUND.root, evalLoss: 2.5, seconds: 12.3 }])
  assert.deepEqual(shown.replicas, [{ ...MEMBER, round: 3, root: ROUND.root }])
})

test('a void round is told at once and is in no report', () => {
  const { board: shown, lines } = board()
  shown.finished({ ...ROUND, final: false })
  assert.match(lines.join(), /^round +3 +void/)
  assert.deepEqual(shown.rounds, [])
})

test('an epoch is one line when it is settled', () => {
  const { board: shown, lines } = board()
  const wei = (tokens: bigint): bigint => tokens * 10n ** 18n
  shown.settled({ epoch: 2n, pot: wei(100n), miners: wei(27n), validators: wei(27n), owner: wei(12n) })
  assert.deepEqual(lines, ['epoch    2  earned 66.00 of 100.00 TSRA: miners 27.00  validators 27.00  owner 12.00'])
})

test('what the model writes cannot reach the terminal as more than text', () => {
  const { board: shown, lines } = board()
  shown.record(MEMBER, { event: 'sample', round: '3', lines: ['# Title', '\u001b[2Jgone'] })
  assert.match(lines.join(), /\| # Title\n/)
  assert.equal(lines.join().includes('\u001b'), false)
})
