// The safetensors of a folder as one set of tensors: `model.safetensors`, or the files that `model.safetensors.index.json` names.
// The index comes from strangers: it names files of the folder only, and must say of every tensor where it is, truly.

import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Refusal, refuse } from '@tessera/protocol/canonicalJson'
import { TesseraError } from '@tessera/protocol/errors'
import { type ByteSource, openFileSource } from '../data/byteSource.ts'
import { SafetensorsFile } from './safetensorsFile.ts'
import type { TensorSpan } from './safetensorsHeader.ts'
import { isJsonObject, parseJsonObject } from './strictJson.ts'

const WEIGHTS_FILE = 'model.safetensors'
export const WEIGHTS_INDEX = 'model.safetensors.index.json'

const MAX_INDEX_BYTES = 16 * 1024 * 1024
/** All are open at once. The largest open models have fewer than 200. */
const MAX_SHARDS = 512
/** A name in the folder itself: no separator, and not hidden. */
const SHARD_NAME = /^[\w-][\w.-]*\.safetensors$/

const BAD_INDEX: Refusal = {
  code: 'safetensors/bad-index',
  hint: `${WEIGHTS_INDEX} does not belong to the files beside it; fetch the whole folder again.`,
}

export class CheckpointFolder {
  readonly tensors: ReadonlyMap<string, TensorSpan>
  readonly #files: ReadonlyMap<string, SafetensorsFile>
  readonly #sources: readonly ByteSource[]

  private constructor(files: ReadonlyMap<string, SafetensorsFile>, sources: readonly ByteSource[]) {
    this.#files = files
    this.#sources = sources
    const spans = [...files].flatMap(([name, file]) => {
      const span = file.header.tensors.get(name)
      return span === undefined ? [] : [[name, span] as const]
    })
    this.tensors = new Map(spans)
  }

  /**
   * Opens every file and checks every header. Throws `safetensors/unreadable`, `safetensors/bad-header` and `safetensors/bad-index`.
   */
  static async open(folder: string, signal?: AbortSignal): Promise<CheckpointFolder> {
    const map = await weightMap(folder)
    const names = map === undefined ? [WEIGHTS_FILE] : [...new Set(map.values())]
    const sources: ByteSource[] = []
    try {
      const files = new Map<string, SafetensorsFile>()
      for (const name of names) {
        const source = await opened(join(folder, name))
        sources.push(source)
        files.set(name, await SafetensorsFile.open(source, signal))
      }
      return new CheckpointFolder(placed(files, map), sources)
    } catch (error) {
      await closeAll(sources)
      throw error
    }
  }

  /** As `SafetensorsFile.read`. */
  async read(name: string, from: number, count: number, signal?: AbortSignal): Promise<Float32Array> {
    const file = this.#files.get(name)
    if (file !== undefined) return file.read(name, from, count, signal)
    throw new TesseraError('safetensors/bad-tensor', `there is no tensor ${name}`, {
      context: { name },
      hint: 'The weights are of another model.',
    })
  }

  async close(): Promise<void> {
    await closeAll(this.#sources)
  }
}

/** The bytes of `path`, or undefined when there is no such file. Throws `safetensors/unreadable` beyond `maxBytes`. */
export async function readSmallFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    const handle = await open(path)
    try {
      const { size } = await handle.stat()
      if (size > maxBytes) throw unreadable(path, `it has ${size} bytes, more than ${maxBytes}`)
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error instanceof TesseraError ? error : unreadable(path, String(error), error)
  }
}

/** The file of each tensor by the index; undefined when there is one file, which transformers prefer as well. */
async function weightMap(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  if (existsSync(join(folder, WEIGHTS_FILE))) return undefined
  const bytes = await readSmallFile(join(folder, WEIGHTS_INDEX), MAX_INDEX_BYTES)
  if (bytes === undefined) throw unreadable(folder, `it has neither ${WEIGHTS_FILE} nor ${WEIGHTS_INDEX}`)
  const { weight_map: map } = parseJsonObject(bytes, MAX_INDEX_BYTES, BAD_INDEX)
  if (!isJsonObject(map)) throw refuse(BAD_INDEX, 'weight_map', 'is not an object')
  const entries = Object.entries(map).map(([tensor, file]) => {
    if (typeof file !== 'string' || !SHARD_NAME.test(file))
      throw refuse(BAD_INDEX, `weight_map.${tensor}`, 'does not name a safetensors file of the folder')
    return [tensor, file] as const
  })
  const files = new Set(entries.map(([, file]) => file)).size
  if (files === 0 || files > MAX_SHARDS)
    throw refuse(BAD_INDEX, 'weight_map', `names ${files} files, not 1 to ${MAX_SHARDS}`)
  return new Map(entries)
}

/** The file that holds each tensor, by the tensor's name. Index and files must say the same. */
function placed(
  files: ReadonlyMap<string, SafetensorsFile>,
  map: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, SafetensorsFile> {
  const found = new Map<string, SafetensorsFile>()
  for (const [fileName, file] of files) {
    for (const tensor of file.header.tensors.keys()) {
      if (map !== undefined && map.get(tensor) !== fileName)
        throw refuse(BAD_INDEX, tensor, `lies in ${fileName}, but the index says ${map.get(tensor) ?? 'nothing of it'}`)
      found.set(tensor, file)
    }
  }
  for (const [tensor, fileName] of map ?? [])
    if (!found.has(tensor)) throw refuse(BAD_INDEX, tensor, `is not in ${fileName}`)
  return found
}

async function opened(path: string): Promise<ByteSource> {
  try {
    return await openFileSource(path)
  } catch (error) {
    throw unreadable(path, String(error), error)
  }
}

async function closeAll(sources: readonly ByteSource[]): Promise<void> {
  for (const source of sources) await source.close?.()
}

function unreadable(path: string, reason: string, cause?: unknown): TesseraError {
  return new TesseraError('safetensors/unreadable', `cannot read ${path}: ${reason}`, {
    context: { path },
    cause,
    hint: 'Name a folder with a model in safetensors; pickled weights (pytorch_model.bin) are not read, for they run code.',
  })
}
