import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { serveHttp } from './httpServer.ts'
import { createMetrics, type MetricDeclaration } from './metrics.ts'

const TABLE = {
  rounds: { type: 'counter', what: 'rounds', unit: 'total', help: 'Rounds ended.', labels: ['outcome'] },
  loss: { type: 'gauge', what: 'loss', unit: 'nats', help: 'Loss of the last step.' },
  step: { type: 'histogram', what: 'step', unit: 'seconds', help: 'One step; a | b.', buckets: [0.1, 1] },
} as const

describe('createMetrics', () => {
  test('typed handles under full names, served as Prometheus text', async () => {
    const { metrics, handler } = createMetrics({ component: 'miner', table: TABLE })
    metrics.rounds.inc({ outcome: 'paid' }, 2)
    metrics.loss.set(3.5)
    metrics.step.observe(0.5)
    const server = await serveHttp({
      host: '127.0.0.1',
      port: 0,
      routes: { '/metrics': handler },
      onError: () => assert.fail(),
    })
    try {
      const response = await fetch(`${server.url}/metrics`)
      assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
      const lines = (await response.text()).split('\n')
      for (const line of [
        '# HELP tessera_miner_rounds_total Rounds ended.',
        '# TYPE tessera_miner_rounds_total counter',
        'tessera_miner_rounds_total{outcome="paid"} 2',
        'tessera_miner_loss_nats 3.5',
        'tessera_miner_step_seconds_bucket{le="0.1"} 0',
        'tessera_miner_step_seconds_bucket{le="1"} 1',
        'tessera_miner_step_seconds_sum 0.5',
      ])
        assert.ok(lines.includes(line), line)
    } finally {
      await server.close()
    }
  })

  test('two programs in one process do not share a registry', async () => {
    const a = createMetrics({ component: 'miner', table: TABLE })
    const b = createMetrics({ component: 'miner', table: TABLE })
    a.metrics.loss.set(1)
    assert.match(await b.registry.metrics(), /tessera_miner_loss_nats 0/)
  })

  test("Node's own figures on demand", async () => {
    const { registry } = createMetrics({ component: 'miner', table: {}, processMetrics: true })
    assert.match(await registry.metrics(), /process_resident_memory_bytes/)
    registry.clear()
  })

  const gauge: MetricDeclaration = { type: 'gauge', what: 'x', unit: 'bytes', help: 'X' }
  const bad: Record<string, Record<string, MetricDeclaration>> = {
    'a name in camel case': { a: { ...gauge, what: 'heapSize' } },
    'a name twice': { a: gauge, b: gauge },
    'no help': { a: { ...gauge, help: '' } },
    'a gauge that is a total': { a: { ...gauge, unit: 'total' } },
    'a counter that is none': { a: { ...gauge, type: 'counter' } },
    'a reserved label': { a: { ...gauge, labels: ['le'] } },
    'a histogram without buckets': { a: { ...gauge, type: 'histogram' } },
    'a gauge with buckets': { a: { ...gauge, buckets: [1] } },
    'buckets out of order': { a: { ...gauge, type: 'histogram', buckets: [2, 1] } },
  }
  for (const [name, table] of Object.entries(bad))
    test(`metrics/bad-declaration: ${name}`, () =>
      assert.throws(() => createMetrics({ component: 'miner', table }), { code: 'metrics/bad-declaration' }))
})
