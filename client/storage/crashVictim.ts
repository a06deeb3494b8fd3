// @testonly A process to be killed: opens the store in a folder, does one thing, and stops for good before the file operation of a given
// number, saying so. Arguments: folder, what to do, the number, the job as JSON.

import * as nodeFiles from 'node:fs/promises'
import type { BlobRef } from './blobRef.ts'
import { openEmbeddedStore } from './embeddedStore.ts'
import type { Files } from './fileBlocks.ts'
import { author } from './testSource.ts'
import { vectorBytes } from './vectorBytes.ts'

const [dir = '', what = '', stopAt = '0', job = '{}'] = process.argv.slice(2)
const QUOTA = 2 ** 30

let operations = 0
let counting = false

/** Never returns from the operation of that number, nor from a later one. */
function stopping<A extends unknown[], R>(work: (...args: A) => Promise<R>) {
  return async (...args: A): Promise<R> => {
    if (counting && ++operations >= Number(stopAt)) {
      if (operations === Number(stopAt)) process.stdout.write('stopped\n')
      await new Promise(() => setInterval(() => {}, 60_000))
    }
    return await work(...args)
  }
}

const { mkdir, open, readdir, rename, rm, stat } = nodeFiles
// SAFETY: the same functions with the same arguments; overloads do not survive being wrapped.
const files = {
  mkdir: stopping(mkdir),
  open: stopping(open),
  readdir: stopping(readdir),
  rename: stopping(rename),
  rm: stopping(rm),
  stat: stopping(stat),
} as unknown as Files

const store = await openEmbeddedStore({ dir, quotaBytes: QUOTA, allowLoopback: true, files })
counting = true
if (what === 'put') await store.put(vectorBytes(5_000_000, 'second'), { round: 2, maxBytes: QUOTA })
if (what === 'fetch') {
  const { ref, url } = JSON.parse(job) as { ref: BlobRef; url: string }
  await store.read(ref, { sources: [author(url)], deadlineMs: 60_000, maxBytes: QUOTA, round: 2 })
}
if (what === 'collect') await store.collect({ keepFromRound: 2, maxBytes: QUOTA })
await store.close()
process.stdout.write(`done after ${operations}\n`)
