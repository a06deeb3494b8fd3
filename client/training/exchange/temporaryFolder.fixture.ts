// A folder of its own for each test, removed afterwards, and files in it.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { encodeHeader, type TensorToWrite } from './safetensorsHeader.ts'

export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-exchange-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Writes `files` below `folder`; what is neither text nor bytes is written as JSON. */
export async function writeFiles(folder: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(
      path,
      content instanceof Uint8Array || typeof content === 'string' ? content : JSON.stringify(content),
    )
  }
}

/** A file of float32 tensors. */
export function safetensors(
  tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: ArrayLike<number> }>>,
): Uint8Array {
  const list = Object.entries(tensors).map(([name, { shape }]): TensorToWrite => ({ name, dtype: 'F32', shape }))
  const data = Object.values(tensors).map(({ values }) => new Uint8Array(Float32Array.from(values).buffer))
  return new Uint8Array(Buffer.concat([encodeHeader(list, {}), ...data]))
}

/** A file whose header is `header` as it stands, with `data` after it. */
export function rawSafetensors(header: string | Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true)
  return new Uint8Array(Buffer.concat([length, json, data]))
}
