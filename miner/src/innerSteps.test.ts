import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TrainRequest, TrainResult } from '@tessera/training/trainer'
import { type InnerStepsRequest, makeInnerSteps, type NewerState } from './innerSteps.ts'

const NONE = new AbortController().signal
/** Two parameters, four steps, three tokens a step. */
const REQUEST: InnerStepsRequest = {
  parameters: Float32Array.of(10, 20),
  optimizer: { step: 0, m: Float32Array.of(0, 0), v: Float32Array.of(0, 0) },
  batches: Int32Array.from({ length: 12 }, (_, i) => i),
  learningRates: Float32Array.of(1, 2, 4, 8),
  enough: NONE,
  onStep: () => undefined,
}

/** Each step moves the first parameter by its rate and the second by its first token; `after` is told how many are done in all. */
function program(after: (done: number) => void = () => undefined) {
  const requests: TrainRequest[] = []
  let all = 0
  const train = async (request: TrainRequest): Promise<TrainResult> => {
    requests.push(request)
    const parameters = request.parameters.slice()
    const rates = [...(request.learningRates as Float32Array)]
    const tokens = request.batches.length / rates.length
    let steps = 0
    const losses: number[] = []
    while (steps < rates.length && !request.enough?.aborted) {
      parameters[0]! -= rates[steps]!
      parameters[1]! -= request.batches[steps * tokens]!
      losses.push(++all)
      steps++
      request.onProgress?.({ stepsDone: steps, steps: rates.length, losses: Float32Array.from(losses) })
      after(all)
    }
    const optimizer = { ...request.optimizer, step: request.optimizer.step + steps }
    return { parameters, optimizer, losses: Float32Array.from(losses), gradientNorms: new Float32Array(steps), steps }
  }
  return { requests, train }
}

function arriving() {
  const control = new AbortController()
  const newer: NewerState = { signal: control.signal, parameters: () => Float32Array.of(100, 200) }
  return { newer, arrive: () => control.abort() }
}

test('without another state the steps go straight through', async () => {
  const { requests, train } = program()
  const seen: unknown[] = []
  const made = await makeInnerSteps(train, { ...REQUEST, onStep: (done, loss) => seen.push([done, loss]) })
  assert.equal(requests.length, 1)
  assert.deepEqual([...made.origin], [10, 20])
  assert.deepEqual([...made.parameters], [10 - 15, 20 - 18])
  assert.deepEqual([made.steps, made.ahead, made.loss, made.optimizer.step], [4, 0, 4, 4])
  assert.deepEqual(
    seen,
    [1, 2, 3, 4].map((n) => [n, n]),
  )
})

test('when it comes the rest is done from it, moved by what was done, and the whole movement is kept', async () => {
  for (const at of [1, 2, 3]) {
    const { newer, arrive } = arriving()
    const { requests, train } = program((done) => done === at && arrive())
    const seen: number[] = []
    const made = await makeInnerSteps(train, { ...REQUEST, newer, onStep: (done) => seen.push(done) })
    assert.equal(requests.length, 2)
    assert.deepEqual([...made.origin], [100, 200])
    assert.deepEqual([...made.parameters], [100 - 15, 200 - 18])
    assert.deepEqual([made.steps, made.ahead, made.optimizer.step], [4, at, 4])
    assert.deepEqual(seen, [1, 2, 3, 4])
    assert.deepEqual(requests[1]!.learningRates, REQUEST.learningRates.slice(at))
    assert.deepEqual(requests[1]!.batches, REQUEST.batches.slice(3 * at))
  }
})

test('if it never comes, or with the last step, all is counted from the beginning', async () => {
  const { newer, arrive } = arriving()
  for (const { train } of [program(), program((done) => done === 4 && arrive())]) {
    const made = await makeInnerSteps(train, { ...REQUEST, newer })
    assert.deepEqual([...made.origin], [10, 20])
    assert.deepEqual([made.steps, made.ahead], [4, 4])
  }
})

test('if it is there by the first step, none is done ahead', async () => {
  const { newer, arrive } = arriving()
  arrive()
  const made = await makeInnerSteps(program().train, { ...REQUEST, newer })
  assert.deepEqual([...made.parameters], [100 - 15, 200 - 18])
  assert.deepEqual([made.steps, made.ahead], [4, 0])
})

test('enough ends it, before and after', async () => {
  for (const [end, come] of [
    [2, 3],
    [3, 2],
  ] as const) {
    const enough = new AbortController()
    const { newer, arrive } = arriving()
    const { train } = program((done) => {
      if (done === end) enough.abort()
      if (done === come) arrive()
    })
    const made = await makeInnerSteps(train, { ...REQUEST, enough: enough.signal, newer })
    assert.deepEqual([made.steps, made.ahead, made.loss], [end, Math.min(end, come), end])
    assert.equal(made.origin[0], come < end ? 100 : 10)
    assert.equal(made.origin[0]! - made.parameters[0]!, end === 2 ? 3 : 7)
  }
})
