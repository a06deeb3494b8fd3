import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { digestOf, parseBlockCid } from './blobRef.ts'
import { isContentFault } from './fault.ts'
import { BENCH_PROFILE, DEADLINE_MS, type FetchBench, openFetchBench } from './fetchBench.ts'
import { BEHAVIOURS } from './hostileSource.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { author, mirror, peer } from './testSource.ts'
import { FETCH_LIMITS, type TransferLimits } from './transfer/limits.ts'
import { VerifiedFetcher } from './verifiedFetcher.ts'

function bench(
  run: (bench: FetchBench) => Promise<void>,
  limits: Partial<TransferLimits> = {},
  size?: number,
  instantUpToMs?: number,
) {
  return async () => {
    const made = await openFetchBench(size, limits, instantUpToMs)
    try {
      await run(made)
      assert.equal(made.timer.pending, 0, 'no timer outlives the fetch')
    } finally {
      await made.close()
    }
  }
}

/** So that the hand timer ends them at once. */
const SHORT_MISSES = { maxMissMs: 1_000 }

// Kinds that never deliver a block, and how a fetch from them alone ends.
const BAD = {
  slow: 'storage/timeout',
  silent: 'storage/timeout',
  endless: 'storage/block-too-large',
  'long by its own word': 'storage/block-too-large',
  flipped: 'storage/digest-mismatch',
  'short of a byte': 'storage/digest-mismatch',
  redirecting: 'storage/redirect',
  empty: 'storage/not-found',
  overloaded: 'storage/bad-response',
  compressing: 'storage/bad-response',
  'cutting every connection': 'storage/unreachable',
  'no HTTP': 'storage/unreachable',
} as const satisfies Partial<Record<keyof typeof BEHAVIOURS, string>>

describe('a fetch from one source', () => {
  test(
    'that is good brings every block, each asked for once',
    bench(async ({ start, fetch, bytes, shelf, origin }) => {
      const [good] = await start('good')
      assert.deepEqual(await fetch([good!]), bytes)
      assert.equal(new Set(good!.asked).size, good!.asked.length)
      assert.equal((await Array.fromAsync(shelf.list())).length, (await Array.fromAsync(origin.list())).length)
    }),
  )

  for (const [kind, code] of Object.entries(BAD)) {
    test(
      `that is ${kind} ends with ${code}`,
      bench(async ({ start, fetch, shelf }) => {
        const [bad] = await start(kind as keyof typeof BAD)
        await assert.rejects(fetch([bad!]), (error) => {
          assert.ok(isTesseraError(error, code), String(error))
          assert.equal(isContentFault(error), false, 'the reference is not to blame')
          assert.equal(error.retryable, true)
          return true
        })
        assert.deepEqual(await Array.fromAsync(shelf.list()), [], 'nothing of it is kept')
      }, SHORT_MISSES),
    )
  }

  test(
    'that cuts every third connection still succeeds',
    bench(async ({ start, fetch, bytes }) => {
      const [flaky] = await start('cutting every third connection')
      assert.deepEqual(await fetch([flaky!]), bytes)
    }),
  )

  test(
    'that is not there ends with storage/unreachable',
    bench(async ({ start, fetch }) => {
      const [gone] = await start('good')
      await gone!.close()
      await assert.rejects(fetch([gone!]), (error) => isTesseraError(error, 'storage/unreachable'))
    }),
  )
})

describe('a busy source', () => {
  test(
    'is left alone for as long as it asks, and then asked as before: it has done nothing wrong',
    bench(
      async ({ start, fetch, bytes, timer }) => {
        const [busy] = await start('busy at first')
        assert.deepEqual(await fetch([busy!]), bytes)
        assert.deepEqual(
          timer.asked.filter((ms) => ms <= 1_000),
          [1_000, 1_000, 1_000, 1_000],
        )
      },
      { firstWindow: 1, maxWindow: 1 },
    ),
  )

  test(
    'that stays busy is given up after 20 answers',
    bench(
      async ({ start, fetch }) => {
        const [busy] = await start('busy')
        await assert.rejects(fetch([busy!]), { code: 'storage/busy', retryable: true })
        assert.equal(busy!.asked.length, FETCH_LIMITS.busiesToGiveUp)
      },
      { firstWindow: 1, maxWindow: 1 },
    ),
  )
})

describe('fifty sources, of which forty are dead or lie', () => {
  // No 'cutting every third connection': that one is honest.
  const DEAD = Object.keys(BAD) as (keyof typeof BAD)[]
  test(
    'deliver the blob all the same, with little wasted',
    bench(async ({ start, fetch, bytes }) => {
      const bad = Array.from({ length: 40 }, (_, n) => DEAD[n % DEAD.length]!)
      const sources = await start(...bad, ...Array(10).fill('good'))
      const dead = sources.slice(0, 10)
      // Some of them are not even there.
      for (const source of dead.filter((_, n) => n % 4 === 0)) await source.close()
      assert.deepEqual(await fetch(sources), bytes)
      const asked = sources.slice(0, 40).reduce((total, source) => total + source.asked.length, 0)
      assert.ok(asked <= 40 * 6, `${asked} requests were wasted`)
    }),
  )

  test(
    'as peers, who are asked before the mirrors that have it',
    bench(async ({ start, fetch, bytes }) => {
      const bad = Array.from({ length: 40 }, (_, n) => DEAD[n % DEAD.length]!)
      const sources = await start(...bad, ...Array(10).fill('good'))
      const given = sources.map(({ url }, n) => (n < 40 ? peer(url) : mirror(url)))
      assert.deepEqual(await fetch([], { sources: given }), bytes)
    }),
  )
})

describe('a fetch from a bad source and a good one', () => {
  for (const kind of Object.keys(BAD)) {
    test(
      `succeeds beside one that is ${kind}, which is asked little`,
      bench(async ({ start, fetch, bytes }) => {
        const [bad, good] = await start(kind as keyof typeof BAD, 'good')
        assert.deepEqual(await fetch([bad!, good!]), bytes)
        assert.ok(bad!.asked.length <= 8, `asked ${bad!.asked.length} times`)
      }),
    )
  }

  test(
    'succeeds with six bad kinds before the good one',
    bench(async ({ start, fetch, bytes }) => {
      const sources = await start('slow', 'endless', 'flipped', 'redirecting', 'empty', 'silent', 'good')
      assert.deepEqual(await fetch(sources), bytes)
    }),
  )

  test(
    'succeeds from two that each have only half of the blocks',
    bench(
      async ({ start, fetch, bytes }) => {
        const half = (parity: number) => (exchange: Parameters<typeof BEHAVIOURS.good>[0]) => {
          const digit = Number.parseInt(digestOf(exchange.bytes ?? new Uint8Array()).at(-1) ?? '0', 16)
          return digit % 2 === parity ? BEHAVIOURS.good(exchange) : BEHAVIOURS.empty(exchange)
        }
        assert.deepEqual(await fetch(await start(half(0), half(1)), { role: 'mirror' }), bytes)
      },
      { ...SHORT_MISSES, missesToGiveUp: 50 },
    ),
  )
})

describe('what a hostile source can waste', () => {
  test(
    'an endless body is cut at the longest block',
    bench(
      async ({ start, fetch }) => {
        const [endless, good] = await start('endless', 'good')
        await fetch([endless!, good!])
        // One body of 2 MiB, and what the kernel had taken by then.
        assert.ok(endless!.sentBytes() < 16 * 2 ** 20, `${endless!.sentBytes()} bytes`)
        // An answer without a length is asked for again by Node's HTTP.
        assert.equal(endless!.asked.length, 2)
      },
      { firstWindow: 1 },
    ),
  )

  test(
    'a liar is asked once, a failing source until three incidents in a row',
    bench(
      async ({ start, fetch }) => {
        const [liar, failing] = await start('flipped', 'overloaded')
        await assert.rejects(fetch([liar!, failing!]), (error) => {
          assert.ok(isTesseraError(error, 'storage/unreachable'))
          assert.deepEqual(error.context.faults, {
            [liar!.url]: 'storage/digest-mismatch',
            [failing!.url]: 'storage/bad-response',
          })
          return true
        })
        assert.deepEqual([liar!.asked.length, failing!.asked.length], [1, 3])
      },
      { firstWindow: 1, maxWindow: 1 },
    ),
  )

  test(
    'a failing source is asked again after double the time, from 100 ms to 1 s',
    bench(
      async ({ start, fetch, timer }) => {
        await assert.rejects(fetch(await start('overloaded')))
        assert.deepEqual(
          timer.asked.filter((ms) => ms <= 1_000),
          [100, 200, 400, 800, 1_000, 1_000],
        )
      },
      { faultsToRest: 7 },
    ),
  )

  test(
    'a mirror that has not got a block is asked again after double the time, from 500 ms to 4 s',
    bench(
      async ({ start, fetch, timer }) => {
        await assert.rejects(fetch(await start('empty'), { role: 'mirror' }), { code: 'storage/not-found' })
        assert.deepEqual(
          timer.asked.filter((ms) => ms <= 4_000),
          [500, 1_000, 2_000, 4_000, 4_000],
        )
      },
      { maxMissMs: 4_000 },
      5_000,
      4_000,
    ),
  )

  test(
    'eight requests cut at once are one incident',
    bench(
      async ({ start, fetch, bytes }) => {
        let waiting: (() => void)[] = []
        const [source] = await start((exchange) => {
          // The root and its children come alone or in fours; the first wave of eight is cut together.
          if (waiting.length < 8 && exchange.index > 6) {
            waiting.push(() => exchange.request.socket.destroy())
            if (waiting.length === 8) for (const cut of waiting) cut()
          } else BEHAVIOURS.good(exchange)
        })
        assert.deepEqual(await fetch([source!]), bytes)
        waiting = []
      },
      { firstWindow: 8, maxWindow: 8 },
    ),
  )

  test(
    'no more blocks are asked of one source at a time than its window, which grows while they come quickly',
    bench(async (made) => {
      const { fetcher, busiest } = countingFetcher(made, { firstWindow: 1, maxWindow: 3 })
      await fetcher.fetch(made.ref, made.shelf, COUNTED)
      assert.equal(busiest(), 3)
      const slow = countingFetcher(made, { firstWindow: 2, maxWindow: 3, quickMs: 0 })
      await slow.fetcher.fetch(made.ref, new MemoryBlocks(), COUNTED)
      assert.equal(slow.busiest(), 2)
    }),
  )

  test(
    'all fetches together stay under the cap of bytes in flight',
    bench(
      async (made) => {
        const { fetcher, busiest } = countingFetcher(made, { bytesInFlight: 2 * BENCH_PROFILE.leafBytes })
        const other = new MemoryBlocks()
        await Promise.all([fetcher.fetch(made.ref, made.shelf, COUNTED), fetcher.fetch(made.ref, other, COUNTED)])
        assert.equal(busiest(), 2)
      },
      {},
      40 * BENCH_PROFILE.leafBytes,
    ),
  )
})

const COUNTED = { sources: [author('https://source.example')], deadlineMs: DEADLINE_MS, maxBytes: 2 ** 20 }

/** A fetcher over a transport without a network that counts the requests under way. */
function countingFetcher({ origin, timer }: FetchBench, limits: Partial<TransferLimits>) {
  let open = 0
  let most = 0
  const transport = {
    fetchBlock: async ({ cid }: { cid: string }) => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setImmediate(resolve))
      open--
      return (await origin.get(parseBlockCid(cid).digest))!
    },
    close: () => {},
  }
  const fetcher = new VerifiedFetcher({
    transport,
    timer,
    limits: { ...FETCH_LIMITS, ...limits },
    profile: BENCH_PROFILE,
    allowLoopback: false,
  })
  return { fetcher, busiest: () => most }
}

describe('a reference that does not describe its content', () => {
  const lies = {
    'one byte too small': (size: number) => size - 1,
    'one byte too large': (size: number) => size + 1,
    'one leaf too large': (size: number) => size + BENCH_PROFILE.leafBytes,
    'a level too high': (size: number) => size * 5,
    'a level too low': () => 1_000,
    'as small as a leaf': () => BENCH_PROFILE.leafBytes,
    'one byte': () => 1,
  }
  for (const [name, lie] of Object.entries(lies)) {
    test(
      `is found out at the root when its size is ${name}`,
      bench(async ({ start, fetch, ref, shelf }) => {
        const [good] = await start('good')
        await assert.rejects(fetch([good!], { ref: { ...ref, size: lie(ref.size) } }), (error) => {
          assert.ok(isTesseraError(error, 'storage/shape'), String(error))
          return isContentFault(error) && !error.retryable
        })
        assert.equal(good!.asked.length, 1)
        assert.deepEqual(await Array.fromAsync(shelf.list()), [])
      }),
    )
  }

  test(
    'is found out from blocks that are here already, too',
    bench(async ({ start, fetch, ref }) => {
      const [good] = await start('good')
      await fetch([good!])
      const asked = good!.asked.length
      await assert.rejects(fetch([good!], { ref: { ...ref, size: ref.size - 1 } }), isContentFault)
      assert.equal(good!.asked.length, asked)
    }),
  )

  test(
    'is refused before a byte is asked for when it is too large or no reference',
    bench(async ({ start, fetch, ref }) => {
      const [good] = await start('good')
      const tooLarge = fetch([good!], { maxBytes: ref.size - 1 })
      await assert.rejects(tooLarge, (error) => isTesseraError(error, 'storage/too-large') && !isContentFault(error))
      const broken = fetch([good!], { ref: { ...ref, size: 0 } })
      await assert.rejects(broken, (error) => isTesseraError(error, 'storage/bad-ref'))
      assert.equal(good!.asked.length, 0)
    }),
  )
})

describe('the end of a fetch', () => {
  test(
    'the deadline ends it, and what arrived is kept for the next call',
    bench(
      async ({ start, fetch, bytes, shelf, timer }) => {
        const [source] = await start((exchange) => {
          if (exchange.index < 20) BEHAVIOURS.good(exchange)
          else if (exchange.index === 20) timer.end(DEADLINE_MS)
          else BEHAVIOURS.good(exchange)
        })
        await assert.rejects(fetch([source!]), (error) => isTesseraError(error, 'storage/deadline') && error.retryable)
        assert.equal((await Array.fromAsync(shelf.list())).length, 20)
        assert.deepEqual(await fetch([source!]), bytes)
        assert.equal(
          new Set(source!.asked).size,
          source!.asked.length - 1,
          'only the interrupted block is asked for again',
        )
      },
      { firstWindow: 1, maxWindow: 1 },
    ),
  )

  test(
    'an abort by the caller ends it at once',
    bench(async ({ start, fetch }) => {
      const stop = new AbortController()
      const sources = await start(() => stop.abort())
      await assert.rejects(fetch(sources, { signal: stop.signal }), (error) => isTesseraError(error, 'storage/aborted'))
    }),
  )

  test(
    'an abort before it asks for nothing',
    bench(async ({ start, fetch }) => {
      const [good] = await start('good')
      const aborted = fetch([good!], { signal: AbortSignal.abort() })
      await assert.rejects(aborted, (error) => isTesseraError(error, 'storage/aborted'))
      assert.equal(good!.asked.length, 0)
    }),
  )

  test(
    'an error of the shelf ends it and is passed on',
    bench(async ({ start, fetcher, ref }) => {
      const [good] = await start('good')
      const full = new Error('disk full')
      const shelf = { get: async () => undefined, put: () => Promise.reject(full) }
      const options = { sources: [author(good!.url)], deadlineMs: DEADLINE_MS, maxBytes: ref.size }
      await assert.rejects(fetcher.fetch(ref, shelf, options), (error) => error === full)
    }),
  )

  test(
    'progress counts the bytes of the blob up to all of them',
    bench(async ({ start, fetch, ref }) => {
      const seen: number[] = []
      const onProgress = (progress: { received: number; total: number }) => {
        assert.equal(progress.total, ref.size)
        seen.push(progress.received)
      }
      await fetch(await start('good'), { onProgress })
      assert.equal(seen.at(-1), ref.size)
      assert.deepEqual(
        seen,
        seen.toSorted((a, b) => a - b),
      )
    }),
  )
})

describe('the list of sources', () => {
  test(
    'may be empty when all blocks are here, and not otherwise',
    bench(async ({ start, fetch, bytes, timer }) => {
      await assert.rejects(fetch([]), (error) => isTesseraError(error, 'storage/no-source') && !error.retryable)
      await fetch(await start('good'))
      assert.deepEqual(await fetch([]), bytes)
      assert.equal(timer.pending, 0)
    }),
  )

  test(
    'loses the entries that are no gateway URL, and the verdict names them',
    bench(async ({ start, fetch, bytes }) => {
      const [good, empty] = await start('good', 'empty')
      const bad = ['ftp://example.org', `https://${'a'.repeat(256)}.example`, 'https://user@example.org', '']
      assert.deepEqual(await fetch([], { sources: [...bad, good!.url].map(author) }), bytes)
      const alone = { ref: { digest: `0x${'00'.repeat(32)}` as const, size: 5 } }
      await assert.rejects(fetch([], { ...alone, sources: [...bad, `${empty!.url}/`].map(author) }), (error) => {
        assert.ok(isTesseraError(error, 'storage/not-found'))
        const faults = Object.values(error.context.faults as Record<string, string>)
        return faults.filter((code) => code === 'storage/bad-source').length === 4
      })
    }, SHORT_MISSES),
  )

  test(
    'is cut at the limit',
    bench(
      async ({ start, fetch }) => {
        const [empty, good] = await start('empty', 'good')
        await assert.rejects(fetch([empty!, good!]), (error) => isTesseraError(error, 'storage/not-found'))
        assert.equal(good!.asked.length, 0)
      },
      { ...SHORT_MISSES, maxSources: 1 },
    ),
  )
})
