import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Decoder } from '../decoder.ts'
import { parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { buildGenerateProgram } from '../programs/generate.ts'
import { Random } from '../random.ts'
import { Session } from '../session.ts'
import { randomTokens, TINY_FULL } from '../testing/tinyModel.ts'
import { type ScoredRow, Scorer } from './scorer.ts'

/** Longer than a call reads at once. */
const CONFIG = { ...TINY_FULL, context: 600 }
const random = new Random(2)
const parameters = Float32Array.from({ length: parameterCount(parameterSpecs(CONFIG)) }, () => random.normal() * 0.5)
const scorer = await Scorer.create({ config: CONFIG, parameters })
const session = await Session.create(buildGenerateProgram(CONFIG))
after(async () => {
  await scorer.dispose()
  await session.dispose()
})

/** Token by token, from the scores of the generation program. */
async function expectedOf({ tokens, from }: ScoredRow): Promise<number[]> {
  const decoder = new Decoder(session, CONFIG, parameters)
  const expected: number[] = []
  for (let next = 1; next < tokens.length; next++) {
    const logits = Array.from(await decoder.append([tokens[next - 1]!]))
    const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))
    if (next >= from) expected.push(logits[tokens[next]!]! - total)
  }
  return expected
}

function row(length: number, from: number, seed: number): ScoredRow {
  return { tokens: randomTokens(length, CONFIG.vocabSize, seed), from }
}

test('each token has the log-probability that generation gives it, whatever is scored besides', async () => {
  const rows = [row(9, 4, 1), row(3, 1, 2), row(30, 29, 3), row(5, 5, 4), row(1, 1, 5), row(30, 1, 6), row(4, 2, 7)]
  const results = await scorer.score(rows)
  for (const [index, one] of rows.entries()) {
    const expected = await expectedOf(one)
    assert.equal(results[index]!.length, expected.length)
    for (const [place, value] of expected.entries()) assert.ok(Math.abs(results[index]![place]! - value) < 1e-5)
  }
})

test('a text longer than a call is read in pieces', async () => {
  const long = row(601, 1, 8)
  const [result] = await scorer.score([long])
  const expected = await expectedOf(long)
  assert.equal(result!.length, 600)
  for (const [place, value] of expected.entries()) assert.ok(Math.abs(result![place]! - value) < 1e-4)
  // The first piece scores nothing.
  const [end] = await scorer.score([{ ...long, from: 590 }])
  assert.deepEqual(end, result!.slice(589))
})

test('progress counts scored tokens, and an abort is heard', async () => {
  const rows = Array.from({ length: 60 }, (_, index) => row(20 + (index % 3), 11, index))
  const seen: number[] = []
  await scorer.score(rows, {
    onProgress: ({ tokensDone, tokens }) => {
      assert.equal(tokens, 20 * (9 + 10 + 11))
      seen.push(tokensDone)
    },
  })
  assert.ok(seen.length > 1)
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.equal(seen.at(-1), 600)
  const control = new AbortController()
  const reason = new Error('enough')
  const aborted = scorer.score(rows, { signal: control.signal, onProgress: () => control.abort(reason) })
  await assert.rejects(aborted, reason)
})

test('rows that do not fit are refused', async () => {
  const good = row(4, 2, 1)
  const wrong: readonly ScoredRow[] = [
    { ...good, from: 0 },
    { ...good, from: 5 },
    { ...good, from: 1.5 },
    { tokens: Int32Array.of(1, CONFIG.vocabSize), from: 1 },
    row(602, 1, 1),
  ]
  for (const one of wrong) await assert.rejects(scorer.score([one]), { code: 'training/bad-request' })
  await assert.rejects(Scorer.create({ config: CONFIG, parameters: new Float32Array(1) }), {
    code: 'training/bad-tensor',
  })
  const broken = await Scorer.create({ config: CONFIG, parameters: parameters.map(() => Number.NaN) })
  await assert.rejects(broken.score([good]), { code: 'training/not-finite' })
  await broken.dispose()
})
