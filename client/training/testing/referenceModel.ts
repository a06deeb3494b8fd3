// @testonly The model once more, as plain loops in double precision, written from the papers and slow. What the graph computes is
// compared with it.

import { elementCount } from '../graph/shape.ts'
import { headSize, keyValueHeads, type ModelConfig, tied } from '../model/config.ts'
import { layerName, parameterSpecs } from '../model/parameterSpecs.ts'

type Row = readonly number[]
type Rows = readonly Row[]

/** The mean loss of one sample of T + 1 tokens, in nats per token. */
export function referenceLoss(config: ModelConfig, parameters: ArrayLike<number>, tokens: ArrayLike<number>): number {
  const weights = weightMatrices(config, parameters)
  const matrix = (name: string): Rows => weights.get(name) ?? []
  const normed = (x: Rows, name: string): Row[] =>
    x.map((row) => normalise(row, rowAt(matrix(name), 0), config.normEpsilon))
  const positions = tokens.length - 1
  let x: Rows = Array.from({ length: positions }, (_, position) =>
    rowAt(matrix('model.embed_tokens.weight'), at(tokens, position)),
  )
  for (let layer = 0; layer < config.layers; layer++) {
    const name = (part: string): string => layerName(layer, part)
    const first = normed(x, name('input_layernorm'))
    const project = (part: string): Rows => times(first, matrix(name(part)))
    const [queries, keys, values] = [
      project('self_attn.q_proj'),
      project('self_attn.k_proj'),
      project('self_attn.v_proj'),
    ]
    x = plus(x, times(attend(config, queries, keys, values), matrix(name('self_attn.o_proj'))))
    const second = normed(x, name('post_attention_layernorm'))
    const [gate, up] = [times(second, matrix(name('mlp.gate_proj'))), times(second, matrix(name('mlp.up_proj')))]
    const gated = gate.map((row, position) =>
      row.map((z, entry) => (z / (1 + Math.exp(-z))) * at(rowAt(up, position), entry)),
    )
    x = plus(x, times(gated, matrix(name('mlp.down_proj'))))
  }
  const logits = times(
    normed(x, 'model.norm.weight'),
    matrix(tied(config) ? 'model.embed_tokens.weight' : 'lm_head.weight'),
  )
  const losses = logits.map((row, position) => logSum(row) - at(row, at(tokens, position + 1)))
  return losses.reduce((total, loss) => total + loss, 0) / positions
}

/** Softmax over the positions up to one's own, per head; queries and keys turned by their positions. */
function attend(config: ModelConfig, queries: Rows, keys: Rows, values: Rows): Rows {
  const size = headSize(config)
  const group = config.heads / keyValueHeads(config)
  return queries.map((query, position) =>
    Array.from({ length: config.heads }, (_, head) => {
      const own = turned(config, headOf(query, head, size), position)
      const shared = Math.floor(head / group)
      const scores = keys.slice(0, position + 1).map((key, before) => {
        const other = turned(config, headOf(key, shared, size), before)
        return own.reduce((sum, value, entry) => sum + value * at(other, entry), 0) / Math.sqrt(size)
      })
      const total = logSum(scores)
      return Array.from({ length: size }, (__, entry) =>
        scores.reduce(
          (sum, score, before) =>
            sum + Math.exp(score - total) * at(headOf(rowAt(values, before), shared, size), entry),
          0,
        ),
      )
    }).flat(),
  )
}

/** Entries i and i + size / 2 are a point of the plane, turned by position * frequency i. */
function turned(config: ModelConfig, head: Row, position: number): Row {
  const half = head.length / 2
  return head.map((value, entry) => {
    const angle = position * frequencyOf(config, config.ropeBase ** ((-2 * (entry % half)) / head.length))
    const partner = at(head, (entry + half) % head.length)
    return value * Math.cos(angle) + (entry < half ? -1 : 1) * partner * Math.sin(angle)
  })
}

/** The frequency after scaling, branch by branch as in Hugging Face's modeling_rope_utils. */
function frequencyOf({ ropeScaling }: ModelConfig, frequency: number): number {
  if (ropeScaling === undefined) return frequency
  if (ropeScaling.kind === 'linear') return frequency / ropeScaling.factor
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContext } = ropeScaling
  const wavelength = (2 * Math.PI) / frequency
  if (wavelength < originalContext / high) return frequency
  if (wavelength > originalContext / low) return frequency / factor
  const smooth = (originalContext / wavelength - low) / (high - low)
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}

/** All tensors by name as rows; a vector is one row. */
function weightMatrices(config: ModelConfig, parameters: ArrayLike<number>): ReadonlyMap<string, Rows> {
  let offset = 0
  return new Map(
    parameterSpecs(config).map((spec) => {
      const width = spec.shape.at(-1) ?? 1
      const start = offset
      offset += elementCount(spec.shape)
      const rows = Array.from({ length: elementCount(spec.shape) / width }, (_, row) =>
        Array.from({ length: width }, (__, entry) => at(parameters, start + row * width + entry)),
      )
      return [spec.name, rows]
    }),
  )
}

/** x W^T: a row of W per output. */
function times(x: Rows, weight: Rows): Rows {
  return x.map((row) => weight.map((column) => row.reduce((sum, value, entry) => sum + value * at(column, entry), 0)))
}

function plus(a: Rows, b: Rows): Rows {
  return a.map((row, position) => row.map((value, entry) => value + at(rowAt(b, position), entry)))
}

function normalise(row: Row, scale: Row, epsilon: number): Row {
  const square = row.reduce((sum, value) => sum + value * value, 0) / row.length
  return row.map((value, entry) => (value / Math.sqrt(square + epsilon)) * at(scale, entry))
}

function headOf(row: Row, head: number, size: number): Row {
  return row.slice(head * size, (head + 1) * size)
}

function logSum(values: Row): number {
  const most = Math.max(...values)
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0))
}

/** NaN where there is nothing, so that a mistake in an index spoils the result and is seen. */
function at(row: ArrayLike<number>, index: number): number {
  return row[index] ?? Number.NaN
}

function rowAt(rows: Rows, index: number): Row {
  return rows[index] ?? []
}
