// The LLaMA-style model as a graph: embedding, layers of attention and feed-forward on a residual stream, final norm, head.
// Forward only; differentiation derives the rest. Generic over float32 and float64, which the gradient checks use.
//
// Letters in shapes: B batch, T positions, n = B * T rows, d model width, h query heads, k key and value heads, s head size.

import { typedArray } from '../graph/dtype.ts'
import { floatDtype, type Graph, type Value } from '../graph/graph.ts'
import { graphError, sizeOf } from '../graph/shape.ts'
import { attention } from '../ops/attention.ts'
import { add, multiply, negate } from '../ops/elementwise.ts'
import { embedding } from '../ops/embedding.ts'
import { headLoss } from '../ops/headLoss.ts'
import { reshape, sliceLast, transpose } from '../ops/layout.ts'
import { linear } from '../ops/matrix.ts'
import { rmsNorm } from '../ops/rmsNorm.ts'
import { type RotaryTables, rotary } from '../ops/rotary.ts'
import { swiglu } from '../ops/swiglu.ts'
import { headSize, keyValueHeads, type ModelConfig, tied } from './config.ts'
import { EMBEDDING, FINAL_NORM, HEAD, layerName, parameterSpecs } from './parameterSpecs.ts'
import { cosineAndSine } from './portableMath.ts'
import { rotaryFrequencies } from './ropeScaling.ts'

/** Added to the scores of positions that lie ahead. Finite, so that no infinity meets a zero in the gradient. */
export const MASKED = -1e9

export type Parameters = ReadonlyMap<string, Value>

/** What the layers share: made once per graph. */
interface Shared {
  readonly config: ModelConfig
  readonly parameters: Parameters
  readonly batch: number
  readonly positions: number
  /** Rotations for queries, with the 1 / sqrt(s) of attention folded in, and for keys. */
  readonly queryTables: RotaryTables
  readonly keyTables: RotaryTables
  /** [T, T]: MASKED above the diagonal, 0 elsewhere. */
  readonly mask: Value
}

/**
 * The loss at every position, [B, T] in nats: tokens [B, T + 1] int32, of which the first T are read and the last T predicted.
 * `parameters` in manifest order.
 */
export function tokenLosses(graph: Graph, config: ModelConfig, parameters: readonly Value[], tokens: Value): Value {
  const [batch, length] = [sizeOf(tokens.shape, 0), sizeOf(tokens.shape, 1)]
  const read = sliceLast(graph, tokens, 0, length - 1)
  const targets = reshape(graph, sliceLast(graph, tokens, 1, length), [batch * (length - 1)])
  const hidden = hiddenStates(graph, config, parameters, read)
  const head = headOf(config, namedParameters(config, parameters))
  const losses = graph.scoped('loss', () => headLoss(graph, hidden, head, targets))
  return reshape(graph, losses, [batch, length - 1])
}

/** The state of every position after the final norm: tokens [B, T] int32 give [n, d]. */
export function hiddenStates(graph: Graph, config: ModelConfig, parameters: readonly Value[], tokens: Value): Value {
  const [batch, positions] = [sizeOf(tokens.shape, 0), sizeOf(tokens.shape, 1)]
  const named = namedParameters(config, parameters)
  const table = parameterOf(named, EMBEDDING)
  const rotation = graph.scoped('rotation', () => rotaryTables(graph, config, positions, table))
  const shared: Shared = {
    config,
    parameters: named,
    batch,
    positions,
    queryTables: graph.scoped('rotation', () => scaled(graph, rotation, 1 / Math.sqrt(headSize(config)))),
    keyTables: rotation,
    mask: graph.scoped('mask', () => causalMask(graph, positions, table)),
  }
  let x = graph.scoped('embedding', () => embedding(graph, table, reshape(graph, tokens, [batch * positions])))
  for (let layer = 0; layer < config.layers; layer++) {
    x = graph.scoped(`layer${layer}.attention`, () => add(graph, x, attentionPart(graph, shared, layer, x)))
    x = graph.scoped(`layer${layer}.feedForward`, () => add(graph, x, feedForward(graph, shared, layer, x)))
  }
  return graph.scoped('finalNorm', () => rmsNorm(graph, x, parameterOf(named, FINAL_NORM), config.normEpsilon))
}

/** Scores of the next token: hidden [n, d] give [n, vocabulary]. */
export function logitsOf(graph: Graph, config: ModelConfig, parameters: readonly Value[], hidden: Value): Value {
  const head = headOf(config, namedParameters(config, parameters))
  return graph.scoped('head', () => linear(graph, hidden, head))
}

/** The matrix [vocabulary, d] that scores tokens. */
function headOf(config: ModelConfig, parameters: Parameters): Value {
  return parameterOf(parameters, tied(config) ? EMBEDDING : HEAD)
}

/** x [n, d] gives what attention adds to it, [n, d]. */
function attentionPart(graph: Graph, shared: Shared, layer: number, x: Value): Value {
  const { config, batch, positions } = shared
  const [h, k, s] = [config.heads, keyValueHeads(config), headSize(config)]
  const weight = (part: string): Value => parameterOf(shared.parameters, layerName(layer, part))
  const normed = rmsNorm(graph, x, weight('input_layernorm'), config.normEpsilon)
  const project = (part: string, heads: number): Value =>
    splitHeads(graph, linear(graph, normed, weight(part)), [batch, positions, heads, s])

  const query = rotary(graph, project('self_attn.q_proj', h), shared.queryTables)
  const key = rotary(graph, project('self_attn.k_proj', k), shared.keyTables)
  const value = project('self_attn.v_proj', k)
  const mixed = attention(graph, query, key, value, shared.mask)
  const joined = reshape(graph, transpose(graph, mixed, [0, 2, 1, 3]), [batch * positions, h * s])
  return linear(graph, joined, weight('self_attn.o_proj'))
}

/** x [n, heads * s] as [B, heads, T, s]. `parts` is [B, T, heads, s]. */
function splitHeads(graph: Graph, x: Value, parts: readonly number[]): Value {
  return transpose(graph, reshape(graph, x, parts), [0, 2, 1, 3])
}

/** x [n, d] gives what the feed-forward part adds to it, [n, d]. */
export function feedForward(
  graph: Graph,
  shared: { readonly config: ModelConfig; readonly parameters: Parameters },
  layer: number,
  x: Value,
): Value {
  const weight = (part: string): Value => parameterOf(shared.parameters, layerName(layer, part))
  const normed = rmsNorm(graph, x, weight('post_attention_layernorm'), shared.config.normEpsilon)
  const gate = linear(graph, normed, weight('mlp.gate_proj'))
  const up = linear(graph, normed, weight('mlp.up_proj'))
  return linear(graph, swiglu(graph, gate, up), weight('mlp.down_proj'))
}

/**
 * Pair i of a head turns by position * frequency i. What can be derived from one table is derived by nodes: the runtime works
 * constants out once, when it loads the file, and the file stays small.
 */
export function rotaryTables(graph: Graph, config: ModelConfig, positions: number, like: Value): RotaryTables {
  const size = headSize(config)
  const half = size / 2
  const frequencies = rotaryFrequencies(size, config.ropeBase, config.ropeScaling)
  const cosines: number[] = []
  const sines: number[] = []
  for (let position = 0; position < positions; position++) {
    for (let entry = 0; entry < size; entry++) {
      const { cosine, sine } = cosineAndSine(position * (frequencies[entry % half] ?? Number.NaN))
      cosines.push(cosine)
      sines.push(entry < half ? -sine : sine)
    }
  }
  const table = (values: readonly number[]): Value =>
    graph.constant([positions, size], typedArray(floatDtype(like), values))
  const signedSine = table(sines)
  return { cosine: table(cosines), signedSine, reversedSine: negate(graph, signedSine) }
}

/** The tables of a rotation that also multiplies by `factor`. */
function scaled(graph: Graph, tables: RotaryTables, factor: number): RotaryTables {
  const times = (table: Value): Value => multiply(graph, table, graph.scalar(factor, floatDtype(table)))
  return {
    cosine: times(tables.cosine),
    signedSine: times(tables.signedSine),
    reversedSine: times(tables.reversedSine),
  }
}

function causalMask(graph: Graph, positions: number, like: Value): Value {
  const type = { dtype: floatDtype(like), shape: [positions, positions] }
  const full = graph.node('Expand', [graph.scalar(MASKED, type.dtype), graph.integers(type.shape)], type)
  // The upper triangle from the first diagonal above the main one; the rest becomes 0.
  return graph.node('Trilu', [full, graph.scalar(1, 'int64')], type, { upper: { int: 1 } })
}

export function namedParameters(config: ModelConfig, parameters: readonly Value[]): Parameters {
  const specs = parameterSpecs(config)
  const pairs = specs.flatMap((spec, index) => {
    const value = parameters[index]
    return value === undefined ? [] : [[spec.name, value] as const]
  })
  return new Map(pairs)
}

export function parameterOf(parameters: Parameters, name: string): Value {
  const value = parameters.get(name)
  if (value === undefined) throw graphError('a parameter of the model is missing', { name })
  return value
}
