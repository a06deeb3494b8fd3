import assert from 'node:assert/strict'
import { after, type TestContext, test } from 'node:test'
import { Status } from '@tessera/agent/status'
import { openReplica } from '@tessera/node/testing/parts'
import { Log } from '@tessera/node/testing/recorders'
import { hash32 } from '@tessera/node/testing/storyParts'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { packedDataset, packTokens } from '@tessera/training/data/packTokens'
import { Evaluator } from '@tessera/training/evaluator'
import { toFloat } from '@tessera/training/parameters'
import { openMetrics } from './metrics.ts'
import { Observer, type ObserverOptions } from './observer.ts'

const { bundle, files } = await tinyRun()
const program = await Evaluator.create({ program: bundle.programs.evaluate, config: bundle.model, batch: 2 })
after(() => program.dispose())
const ROOT = hash32('root')

async function scene(t: TestContext, more: Partial<ObserverOptions> = {}) {
  const log = new Log()
  const status = new Status()
  const { metrics, registry } = openMetrics()
  const observer = new Observer({
    bundle,
    replica: await openReplica(t),
    program,
    heldOutEvery: 1,
    sampleEvery: 0,
    device: 'cpu',
    threads: 1,
    logger: log.logger,
    status,
    metrics,
    signal: new AbortController().signal,
    ...more,
  })
  return { observer, log, status, registry }
}

test('says the mean loss on the samples that nobody trains on', async (t) => {
  const { observer, log, status, registry } = await scene(t)
  await observer.onState(0n, ROOT)
  const { trainSamples, heldOutSamples } = bundle.data
  const samples = await bundle.data.samples(Array.from({ length: heldOutSamples }, (_, i) => trainSamples + i))
  const losses = await program.loss({ parameters: toFloat(bundle.genesis), samples })
  const evalLoss = losses.reduce((sum, loss) => sum + loss, 0) / heldOutSamples
  // A model that knows nothing is about as good as a guess among 256 bytes.
  assert.ok(Math.abs(evalLoss - Math.log(256)) < 0.1)
  assert.deepEqual(log.entries, [
    { level: 'info', message: 'state', context: { event: 'state', round: 0n, root: ROOT, evalLoss } },
  ])
  assert.deepEqual(status.snapshot().rounds, [{ round: 0n, root: ROOT, evalLoss }])
  const numbers = await registry.metrics()
  assert.match(numbers, /^tessera_validator_state_round 0$/m)
  assert.match(numbers, new RegExp(`^tessera_validator_held_out_loss_nats ${evalLoss}$`, 'm'))
})

test('measures as often as it is told', async (t) => {
  const { observer, log } = await scene(t, { heldOutEvery: 2 })
  for (const round of [1n, 2n, 3n, 4n]) await observer.onState(round, ROOT)
  assert.deepEqual(
    log.with('state').map(({ context }) => context.evalLoss === undefined),
    [true, false, true, false],
  )
  const never = await scene(t, { heldOutEvery: 0 })
  await never.observer.onState(2n, ROOT)
  assert.deepEqual(never.log.with('state')[0]?.context, { event: 'state', round: 2n, root: ROOT, evalLoss: undefined })
})

test('a run without held-out samples is watched without their loss', async (t) => {
  const { vocabSize, context } = bundle.model
  const data = packedDataset(packTokens(files.data, { vocabSize, context, heldOutSamples: 0 }), vocabSize)
  const { observer, log } = await scene(t, { bundle: { ...bundle, data } })
  await observer.onState(1n, ROOT)
  assert.equal(log.with('state').length, 1)
  assert.equal(log.with('state')[0]?.context.evalLoss, undefined)
})

test('has the model write now and then, the same text for the same state', async (t) => {
  const texts = async () => {
    const { observer, log } = await scene(t, { heldOutEvery: 0, sampleEvery: 2 })
    for (const round of [0n, 1n, 2n]) await observer.onState(round, ROOT)
    return log.with('sample').map(({ context }) => context)
  }
  const written = await texts()
  assert.deepEqual(
    written.map(({ event, round }) => ({ event, round })),
    [{ event: 'sample', round: 2n }],
  )
  const lines = written[0]?.lines as readonly string[]
  assert.match(lines[0] ?? '', /^#/)
  assert.ok(lines.join('\n').length > 50)
  assert.ok(lines.every((line) => !line.includes('\n')))
  assert.deepEqual(await texts(), written)
})

test('a stop ends the writing', async (t) => {
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  const { observer } = await scene(t, { heldOutEvery: 0, sampleEvery: 1, signal: stop.signal })
  await assert.rejects(observer.onState(1n, ROOT), /stopped/)
})
