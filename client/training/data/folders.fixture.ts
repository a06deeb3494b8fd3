// For the tests of preparing data: a folder of its own for each test, files in it, and an address without a store.

import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { BlobReference } from '@tessera/protocol/manifest'
import { bytesTokenizer } from '../tokenizer/bytesTokenizer.ts'
import { openDataset } from './openDataset.ts'
import type { PrepareOptions } from './prepareData.ts'

/** A folder that goes with the test, with these files. */
export async function folderWith(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-data-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

export async function addressOf(bytes: AsyncIterable<Uint8Array>): Promise<BlobReference> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of bytes) {
    hash.update(piece)
    size += piece.length
  }
  return { digest: `0x${hash.digest('hex')}`, size }
}

/** Options for the files of `folder`/in to `folder`/out: bytes, samples of 8 tokens, nothing held out. */
export function optionsFor(folder: string, options: Partial<PrepareOptions> = {}): PrepareOptions {
  return {
    sources: [join(folder, 'in')],
    folder: join(folder, 'out'),
    tokenizer: bytesTokenizer,
    tokenizerReference: { kind: 'bytes' },
    sampleTokens: 8,
    shardSamples: 16,
    heldOutFraction: 0,
    address: addressOf,
    ...options,
  }
}

/** All files of a folder and what they hold. */
export async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await readFile(join(folder, name))).toString('hex')])),
  )
}

/** The training stream and the held-out stream of a prepared folder, as far as samples hold them. */
export async function streamsOf(folder: string): Promise<{ train: number[]; heldOut: number[] }> {
  const { dataset } = await openDataset(folder)
  const { context, trainSamples, heldOutSamples } = dataset
  const stream = async (from: number, count: number): Promise<number[]> => {
    const tokens = [...(await dataset.samples(Array.from({ length: count }, (_, i) => from + i)))]
    return tokens.filter((_, i) => i === 0 || i % (context + 1) !== 0)
  }
  const streams = { train: await stream(0, trainSamples), heldOut: await stream(trainSamples, heldOutSamples) }
  await dataset.close()
  return streams
}
