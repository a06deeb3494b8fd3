// `npm run bench -- fetch`: how fast a blob comes from one node's disk to others', and in how much memory, on the loopback: our gateway
// and fetcher, Kubo to Kubo by bitswap, and plain HTTP. All sides have their processes running, and take turns.

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildKubo } from '@tessera/deploy/kubo/buildKubo'
import { errorLine, isTesseraError } from '@tessera/protocol/errors'
import { type BenchArguments, type BenchContext, type BenchResult, benchResult, type Target } from '../bench.ts'
import { takeTurns } from '../measure.ts'
import { writeBlob } from './blob.ts'
import { openKubo } from './kubo.ts'
import { openOurs } from './ours.ts'
import { openPlain } from './plain.ts'
import { type Blob, type Memory, peakMemory, type Side, type SideOptions } from './side.ts'

interface Case {
  readonly megabytes: number
  readonly readers: number
  readonly turns: { readonly short: number; readonly full: number }
}

const CASES: readonly Case[] = [
  { megabytes: 1, readers: 1, turns: { short: 15, full: 51 } },
  { megabytes: 100, readers: 1, turns: { short: 5, full: 15 } },
  { megabytes: 1_000, readers: 1, turns: { short: 3, full: 7 } },
  { megabytes: 100, readers: 4, turns: { short: 3, full: 7 } },
  { megabytes: 100, readers: 8, turns: { short: 3, full: 7 } },
]
const SPEED = 'ratio >= 1'
const MEMORY = 'ratio <= 0.333'
const PLAIN = 'plain HTTP'

type Open = (options: SideOptions) => Promise<Side>

export async function run({ root, cacheFolder, signal, log, full, args }: BenchContext): Promise<BenchResult[]> {
  const kubo = await findKubo(root, args, log)
  const work = await mkdtemp(join(cacheFolder, 'work-'))
  const blobs = new Map<number, Blob>()
  const results: BenchResult[] = []
  try {
    for (const one of CASES) {
      const { megabytes, readers } = one
      const path = join(work, `blob${megabytes}`)
      const blob = blobs.get(megabytes) ?? (await writeBlob(path, megabytes * 1e6, `fetch ${megabytes}`))
      blobs.set(megabytes, blob)
      log(`${megabytes} MB to ${readers} ${readers === 1 ? 'reader' : 'readers'}`)
      const sides: Record<string, Open> = { ours: openOurs, [PLAIN]: openPlain }
      if (kubo !== undefined) sides.Kubo = (options) => openKubo(kubo, options)
      const turns = full ? one.turns.full : one.turns.short
      const measured = await measure(sides, { blob, readers, turns, folder: join(work, 'sides'), signal })
      for (const [name, side] of Object.entries(measured)) log(`${name}: ${summary(side)}`)
      results.push(...resultsOf(one, measured))
    }
    return results
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Undefined, with a word about it, where there is none and none can be built. */
async function findKubo(root: string, { kubo, install }: BenchArguments, log: BenchContext['log']) {
  if (kubo !== undefined) return kubo
  if (!install) return void log('no Kubo is given by --kubo: results are without it')
  try {
    return await buildKubo({ home: join(root, '.tessera', 'kubo'), print: log })
  } catch (error) {
    if (!isTesseraError(error, 'kubo/no-go')) throw error
    return void log(`results are without Kubo: ${errorLine(error)}`)
  }
}

interface Measured {
  /** Bytes to all readers, 10^6 a second; median. */
  readonly speed: number
  readonly idle: Memory
  readonly peak: Memory
}

interface Measurement extends Omit<SideOptions, 'folder'> {
  readonly turns: number
  readonly folder: string
}

async function measure(opens: Readonly<Record<string, Open>>, options: Measurement): Promise<Record<string, Measured>> {
  const { blob, readers, turns, folder, signal } = options
  const sides: Record<string, Side> = {}
  try {
    for (const [name, open] of Object.entries(opens)) {
      const own = join(folder, name)
      await mkdir(own, { recursive: true })
      sides[name] = await open({ blob, readers, signal, folder: own })
    }
    const idle = Object.values(sides).map(peakMemory)
    const turn = (side: Side) => async () => {
      const started = performance.now()
      await side.fetch()
      const seconds = (performance.now() - started) / 1_000
      await side.forget()
      return (blob.bytes * readers) / 1e6 / seconds
    }
    const speeds = await takeTurns(Object.values(sides).map(turn), turns, signal)
    const measured = Object.entries(sides).map(([name, side], index) => [
      name,
      { speed: speeds[index], idle: idle[index], peak: peakMemory(side) },
    ])
    return Object.fromEntries(measured)
  } finally {
    await Promise.all(Object.values(sides).map((side) => side.close()))
    await rm(folder, { recursive: true, force: true })
  }
}

function summary({ speed, idle, peak }: Measured): string {
  const memory = (of: keyof Memory): string => `${of} ${megabytesOf(idle[of])} to ${megabytesOf(peak[of])} MB`
  return `${speed.toFixed(1)} MB/s, ${memory('server')}, ${memory('reader')}`
}

function megabytesOf(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

function resultsOf({ megabytes, readers }: Case, measured: Readonly<Record<string, Measured>>): BenchResult[] {
  const { ours, Kubo: kubo, [PLAIN]: plain } = measured
  if (ours === undefined) throw new TypeError('nothing was measured')
  const what = `${megabytes} MB${readers === 1 ? '' : ` to ${readers} readers`}`
  const beside = (metric: string, unit: string, of: (side: Measured) => number, peer: string, target?: Target) => {
    const side = peer === PLAIN ? plain : kubo
    const result = { metric, unit, peer, value: of(ours), peerValue: side === undefined ? null : of(side) }
    return benchResult(target === undefined ? result : { ...result, target })
  }
  const peer = 'Kubo, bitswap'
  return [
    beside(`${what}`, 'MB/s', ({ speed }) => speed, peer, SPEED),
    beside(`${what}`, 'MB/s', ({ speed }) => speed, PLAIN),
    beside(`${what}, reader's peak`, 'MB', ({ peak }) => peak.reader / 1e6, peer, MEMORY),
    beside(`${what}, server's peak`, 'MB', ({ peak }) => peak.server / 1e6, peer, MEMORY),
    beside(`${what}, reader before`, 'MB', ({ idle }) => idle.reader / 1e6, peer),
    beside(`${what}, server before`, 'MB', ({ idle }) => idle.server / 1e6, peer),
  ]
}
