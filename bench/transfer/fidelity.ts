// Whether the emulated links are what they are said to be: plain TCP between the nearest and the farthest peer, as anybody would see it.

import type { BenchContext, BenchResult } from '../bench.ts'
import { benchResult } from '../bench.ts'
import { median } from '../measure.ts'
import { addressOf } from './network.ts'
import { onNetwork } from './play.ts'
import { LOSS, linksOf, SWARM } from './scenario.ts'

const PINGS = 20
/** One stream alone loses too many packets to fill the link. */
const STREAMS = 16
const STREAM_BYTES = { one: 4_000_000, many: 8_000_000 } as const
const PEER = 'as set'

export async function measureLinks(dilation: number, context: BenchContext): Promise<BenchResult[]> {
  const scenario = { ...SWARM, peers: 2 }
  const [near, far] = linksOf(scenario)
  if (near === undefined || far === undefined) throw new RangeError('two peers are needed')
  return await onNetwork({ scenario, dilation, context }, async (network, [from, to]) => {
    if (from === undefined || to === undefined) throw new RangeError('two processes are needed')
    await to.call('listen')
    const host = addressOf(1)
    const { times } = await from.call<{ times: readonly number[] }>('ping', { host, count: PINGS })
    const stream = async (bytes: number, connections: number): Promise<number> => {
      const { seconds } = await from.call<{ seconds: number }>('probe', { host, bytes, connections })
      return ((8 * bytes * connections) / 1e6 / seconds) * dilation
    }
    const before = await network.stats()
    const one = await stream(STREAM_BYTES.one, 1)
    const many = await stream(STREAM_BYTES.many, STREAMS)
    const after = await network.stats()
    const grown = (field: 'lost' | 'packets'): number =>
      after.nodes.reduce((sum, node, n) => sum + node[field] - (before.nodes[n]?.[field] ?? 0), 0)
    const latest = after.latestMs / dilation
    context.log(
      `links, ${dilation} times slower: ${many.toFixed(0)} Mb/s, packets at most ${latest.toFixed(1)} ms late`,
    )
    const set = (metric: string, unit: string, value: number, peerValue: number | null) =>
      ({ metric: `link: ${metric}`, unit, value, peer: PEER, peerValue }) as const
    return [
      benchResult({
        ...set(
          'round trip, nearest to farthest peer',
          'ms',
          median(times) / dilation,
          2 * (near.delayMs + far.delayMs),
        ),
        target: 'ratio <= 1.1',
      }),
      benchResult({
        ...set(`what ${STREAMS} TCP streams carry up`, 'Mb/s', many, near.upMbps),
        target: 'ratio >= 0.8',
      }),
      benchResult(set('what one TCP stream carries', 'Mb/s', one, null)),
      benchResult({ ...set('packets lost', '', grown('lost') / grown('packets'), LOSS), target: 'ratio <= 1.5' }),
    ]
  })
}
