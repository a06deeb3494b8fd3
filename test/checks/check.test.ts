import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Check, runChecks } from './check.ts'
import { closing, resultLines } from './report.ts'

function clock(step: number): () => number {
  let now = 0
  return () => {
    now += step
    return now
  }
}

const passing: Check = { name: 'fine', run: () => ({ findings: [], notes: ['a note'] }) }
const failing: Check = {
  name: 'bad',
  run: () => ({ findings: [{ file: 'a.ts', line: 3, message: 'wrong\nand why' }] }),
}
const throwing: Check = {
  name: 'broken',
  run: () => {
    throw new Error('out of order')
  },
}

test('a failure and a crash stop nothing, and decide the exit code', async () => {
  const seen: string[] = []
  const results = await runChecks([failing, throwing, passing], clock(500), ({ name }) => seen.push(name))
  assert.deepEqual(seen, ['bad', 'broken', 'fine'])
  assert.deepEqual(closing(results), { line: 'checks: 1 passed, 2 failed: bad, broken (1.5 s)', code: 1 })
  const [bad = '', ...rest] = resultLines(results[0]!)
  assert.match(bad, /^FAIL {2}bad +0\.5 s {2}1 finding$/)
  assert.deepEqual(rest, ['      a.ts:3  wrong', '      and why'])
  assert.match(resultLines(results[1]!).join('\n'), /the check itself failed: Error: out of order/)
  assert.match(resultLines(results[2]!).join('\n'), /^ok {4}fine +0\.5 s\n {6}a note$/)
})

test('only passes make a pass, and no check at all is a failure', async () => {
  assert.equal(closing(await runChecks([passing], clock(1), () => undefined)).code, 0)
  assert.equal(closing([]).code, 1)
})

test('a flood of findings is cut', () => {
  const findings = Array.from({ length: 100 }, (_, i) => ({ message: `finding ${i}` }))
  const lines = resultLines({ name: 'bad', ms: 0, outcome: { findings } })
  assert.equal(lines.length, 62)
  assert.equal(lines.at(-1), '      ... and 40 more')
})
