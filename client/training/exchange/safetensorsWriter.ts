// Files of safetensors as pieces of bytes, one after the other, so that a model of any size is written from the memory of a piece.
// Every offset is known before the first byte is written. Cuts a model into files as Hugging Face does.

import { encodeHeader, type TensorToWrite, tensorBytes } from './safetensorsHeader.ts'

export interface ShardPlan {
  /** `model.safetensors`, or `model-00001-of-00003.safetensors` and so on. */
  readonly files: readonly {
    readonly name: string
    readonly tensors: readonly TensorToWrite[]
    readonly bytes: number
  }[]
  /** Bytes of all tensors, without headers. */
  readonly dataBytes: number
}

/** What PyTorch's loaders expect to be told. */
const METADATA = { format: 'pt' }

/** Which tensors go into which file: in order, each file as full as `shardBytes` of data allows. A tensor is never cut. */
export function planShards(tensors: readonly TensorToWrite[], shardBytes: number): ShardPlan {
  const groups: TensorToWrite[][] = []
  let room = 0
  let dataBytes = 0
  for (const tensor of tensors) {
    const bytes = tensorBytes(tensor.dtype, tensor.shape)
    const last = groups.at(-1)
    if (last === undefined || bytes > room) {
      groups.push([tensor])
      room = shardBytes - bytes
    } else {
      last.push(tensor)
      room -= bytes
    }
    dataBytes += bytes
  }
  const files = groups.map((group, index) => ({
    name: shardName(index, groups.length),
    tensors: group,
    bytes: group.reduce(
      (total, { dtype, shape }) => total + tensorBytes(dtype, shape),
      encodeHeader(group, METADATA).length,
    ),
  }))
  return { files, dataBytes }
}

/** The text of `model.safetensors.index.json`. */
export function shardIndex({ files, dataBytes }: ShardPlan): string {
  const map = files.flatMap(({ name, tensors }) => tensors.map((tensor) => [tensor.name, name] as const))
  const index = { metadata: { total_size: dataBytes }, weight_map: Object.fromEntries(map) }
  return `${JSON.stringify(index, undefined, 2)}\n`
}

/** The bytes of a file of `tensors`; `dataOf` gives those of each tensor, in order. */
export function* safetensorsBytes(
  tensors: readonly TensorToWrite[],
  dataOf: (tensor: TensorToWrite) => Iterable<Uint8Array>,
): Generator<Uint8Array> {
  yield encodeHeader(tensors, METADATA)
  for (const tensor of tensors) yield* dataOf(tensor)
}

function shardName(index: number, count: number): string {
  const five = (number: number): string => String(number).padStart(5, '0')
  return count === 1 ? 'model.safetensors' : `model-${five(index + 1)}-of-${five(count)}.safetensors`
}
