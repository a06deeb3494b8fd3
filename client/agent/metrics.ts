// A program's Prometheus metrics, declared in one table: name, unit, help and labels in one place, typed handles out of it. Names are
// `tessera_<component>_<what>_<unit>`. Declares nothing itself.

import { TesseraError } from '@tessera/protocol/errors'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Handler } from './httpServer.ts'

/** Units in use; a counter's ends in `total`, after Prometheus' conventions. */
const METRIC_UNITS = [
  'total',
  'bytes_total',
  'seconds_total',
  'bytes',
  'seconds',
  'ratio',
  'count',
  'round',
  'tokens',
  'nats',
  'timestamp_seconds',
] as const
export type MetricUnit = (typeof METRIC_UNITS)[number]

export interface MetricDeclaration {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** What is measured, `snake_case`, without component and unit. */
  readonly what: string
  readonly unit: MetricUnit
  /** One sentence; for a histogram also why these buckets. */
  readonly help: string
  /** Label names with few values each: never an address, a digest or anything a stranger chooses. */
  readonly labels?: readonly string[]
  /** Upper bounds, ascending; a histogram needs them. */
  readonly buckets?: readonly number[]
}

export type MetricTable = Readonly<Record<string, MetricDeclaration>>

type LabelOf<M extends MetricDeclaration> = M extends { readonly labels: readonly (infer L extends string)[] }
  ? L
  : never

type Handle<M extends MetricDeclaration> = M extends { readonly type: 'counter' }
  ? Counter<LabelOf<M>>
  : M extends { readonly type: 'gauge' }
    ? Gauge<LabelOf<M>>
    : Histogram<LabelOf<M>>

/** prom-client's own objects, by the name the program uses. */
export type Metrics<T extends MetricTable> = { readonly [K in keyof T]: Handle<T[K]> }

export interface MetricsOptions<T extends MetricTable> {
  /** `miner`, `validator`: the second part of every name. */
  readonly component: string
  readonly table: T
  /** Also Node's own figures (`process_*`, `nodejs_*`): memory, event-loop lag, garbage collection. */
  readonly processMetrics?: boolean
}

/**
 * Makes the metrics of a table in a registry of their own.
 * @throws metrics/bad-declaration
 */
export function createMetrics<const T extends MetricTable>(options: MetricsOptions<T>) {
  const registry = new Registry()
  const made: [string, unknown][] = []
  const names = new Set<string>()
  for (const [key, declaration] of Object.entries(options.table)) {
    const name = metricName(options.component, declaration)
    check(name, declaration, names)
    names.add(name)
    made.push([key, create(name, declaration, registry)])
  }
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry })
  const handler: Handler = async (_request, response) => {
    const body = await registry.metrics()
    response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(body)
  }
  // SAFETY: one handle per key, of the class its declaration names (create is exhaustive over types).
  return { metrics: Object.fromEntries(made) as Metrics<T>, registry, handler }
}

/** `tessera_<component>_<what>_<unit>` */
function metricName(component: string, { what, unit }: MetricDeclaration): string {
  return `tessera_${component}_${what}_${unit}`
}

function check(name: string, { type, unit, labels = [], buckets = [], help }: MetricDeclaration, taken: Set<string>) {
  const reject = (reason: string): never => {
    throw new TesseraError('metrics/bad-declaration', `metric ${name}: ${reason}`, {
      context: { name },
      hint: 'Correct the metrics table in the source',
    })
  }
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) reject('names are snake_case')
  if (taken.has(name)) reject('it is declared twice')
  if (help === '') reject('it has no help')
  if ((type === 'counter') !== unit.endsWith('total')) reject('units of counters, and only of counters, end in total')
  if (labels.some((label) => !/^[a-z][a-z0-9_]*$/.test(label) || label === 'le')) reject('labels are snake_case')
  if ((type === 'histogram') !== buckets.length > 0) reject('histograms, and only they, have buckets')
  if (buckets.some((bound, at) => at > 0 && bound <= (buckets[at - 1] ?? 0))) reject('buckets must ascend')
}

function create(name: string, { type, help, labels = [], buckets = [] }: MetricDeclaration, registry: Registry) {
  const common = { name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'counter') return new Counter(common)
  if (type === 'gauge') return new Gauge(common)
  return new Histogram({ ...common, buckets: [...buckets] })
}
