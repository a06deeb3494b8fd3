// The LLaMA-style model as a graph: embedding, layers of attention and feed-forward on a residual stream, final norm, head.
// Forward only; differentiation derives the rest. Generic over float32 and float64, which the gradient checks use.
//
// Letters in shapes: B batch, T positions, n = B * T rows, d model width, h query heads, k key and value heads, s head size.

import { type FloatDtype, typedArray } from '../graph/dtype.ts'
import { anyFloatDtype, floatDtype, type Graph, type Value } from '../graph/graph.ts'
import { graphError, sizeOf } from '../graph/shape.ts'
import { causalAttention } from '../ops/attention.ts'
import { cast } from '../ops/cast.ts'
import { add, multiply } from '../ops/elementwise.ts'
import { embedding } from '../ops/embedding.ts'
import { headLoss } from '../ops/headLoss.ts'
import { reshape, slice, transpose } from '../ops/layout.ts'
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
/** The same within float16, whose smallest number is -65504. Leaves room for a score. */
const MASKED_16 = -6e4

/** Positions of a block of attention. */
const SHORTEST_BLOCK = 64

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

/** How products of matrices are computed, and what lies between them; sums, norms and losses are float32 in any case. */
export type Compute = 'float32' | 'float16'

interface ForwardOptions {
  /** Default: the type of the parameters. */
  readonly compute?: Compute
}

/**
 * The loss at every position, [B, T] in nats: tokens [B, T + 1] int32, of which the first T are read and the last T predicted.
 * `parameters` in manifest order.
 */
export function tokenLosses(
  graph: Graph,
  config: ModelConfig,
  parameters: readonly Value[],
  tokens: Value,
  options: ForwardOptions = {},
): Value {
  const [batch, length] = [sizeOf(tokens.shape, 0), sizeOf(tokens.shape, 1)]
  const read = slice(graph, tokens, 1, 0, length - 1)
  const targets = reshape(graph, slice(graph, tokens, 1, 1, length), [batch * (length - 1)])
  const hidden = hiddenStates(graph, config, parameters, read, options)
  const head = headOf(config, namedParameters(config, parameters))
  const losses = graph.scoped('loss', () => {
    const dtype = options.compute === 'float16' ? 'float16' : floatDtype(head)
    return headLoss(graph, cast(graph, hidden, dtype), cast(graph, head, dtype), targets)
  })
  return reshape(graph, losses, [batch, length - 1])
}

/** The state of every position after the final norm: tokens [B, T] int32 give [n, d]. */
export function hiddenStates(
  graph: Graph,
  config: ModelConfig,
  parameters: readonly Value[],
  tokens: Value,
  options: ForwardOptions = {},
): Value {
  const [batch, positions] = [sizeOf(tokens.shape, 0), sizeOf(tokens.shape, 1)]
  const named = namedParameters(config, parameters)
  const table = parameterOf(named, EMBEDDING)
  const dtype = options.compute === 'float16' ? 'float16' : floatDtype(table)
  const rotation = graph.scoped('rotation', () => rotaryTables(graph, config, positions, table))
  const rounded = (tables: RotaryTables): RotaryTables => ({
    cosine: cast(graph, tables.cosine, dtype),
    sine: cast(graph, tables.sine, dtype),
  })
  const shared: Shared = {
    config,
    parameters: new Map(
      [...named].map(([name, value]) => [name, name === EMBEDDING ? value : inCompute(graph, value, dtype)]),
    ),
    batch,
    positions,
    queryTables: graph.scoped('rotation', () => rounded(scaled(graph, rotation, 1 / Math.sqrt(headSize(config))))),
    keyTables: graph.scoped('rotation', () => rounded(rotation)),
    mask: graph.scoped('mask', () => cast(graph, causalMask(graph, positions, table, dtype), dtype)),
  }
  let x = graph.scoped('embedding', () => embedding(graph, table, reshape(graph, tokens, [batch * positions])))
  for (let layer = 0; layer < config.layers; layer++) {
    x = graph.scoped(`layer${layer}.attention`, () => addTo(graph, x, attentionPart(graph, shared, layer, x)))
    x = graph.scoped(`layer${layer}.feedForward`, () => addTo(graph, x, feedForward(graph, shared, layer, x)))
  }
  return graph.scoped('finalNorm', () => rmsNorm(graph, x, parameterOf(named, FINAL_NORM), config.normEpsilon))
}

/** x + part, in the type of x. */
function addTo(graph: Graph, x: Value, part: Value): Value {
  return add(graph, x, cast(graph, part, floatDtype(x)))
}

/** A matrix in the type that products are computed in; vectors are the scales of norms, which stay as they are. */
function inCompute(graph: Graph, parameter: Value, dtype: FloatDtype | 'float16'): Value {
  return parameter.shape.length > 1 ? graph.scoped('rounded', () => cast(graph, parameter, dtype)) : parameter
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
  const normed = normedFor(graph, x, weight('input_layernorm'), weight('self_attn.q_proj'), config)
  const project = (part: string, heads: number): Value =>
    splitHeads(graph, linear(graph, normed, weight(part)), [batch, positions, heads, s])

  const query = rotary(graph, project('self_attn.q_proj', h), shared.queryTables)
  const key = rotary(graph, project('self_attn.k_proj', k), shared.keyTables)
  const value = project('self_attn.v_proj', k)
  const mixed = causalAttention(graph, query, key, value, shared.mask, blocksOf(positions))
  const joined = reshape(graph, transpose(graph, mixed, [0, 2, 1, 3]), [batch * positions, h * s])
  return linear(graph, joined, weight('self_attn.o_proj'))
}

/** Blocks of attention: up to 4, which save 3 of 8 products, of at least 64 positions. More cost more copies than they save. */
function blocksOf(positions: number): number {
  return [4, 2].find((blocks) => positions % blocks === 0 && positions / blocks >= SHORTEST_BLOCK) ?? 1
}

/** The norm of x in the type of `matrix`, which it is multiplied by. */
function normedFor(graph: Graph, x: Value, scale: Value, matrix: Value, config: ModelConfig): Value {
  return cast(graph, rmsNorm(graph, x, scale, config.normEpsilon), anyFloatDtype(matrix))
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
  const normed = normedFor(graph, x, weight('post_attention_layernorm'), weight('mlp.gate_proj'), shared.config)
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
  const angles = rotaryFrequencies(size, config.ropeBase, config.ropeScaling)
  const turns = Array.from({ length: positions }, (_, position) =>
    angles.map((angle) => cosineAndSine(position * angle)),
  ).flat()
  const table = (values: readonly number[]): Value =>
    graph.constant([positions, size / 2], typedArray(floatDtype(like), values))
  return { cosine: table(turns.map(({ cosine }) => cosine)), sine: table(turns.map(({ sine }) => sine)) }
}

/** The tables of a rotation that also multiplies by `factor`. */
function scaled(graph: Graph, tables: RotaryTables, factor: number): RotaryTables {
  const times = (table: Value): Value => multiply(graph, table, graph.scalar(factor, floatDtype(table)))
  return { cosine: times(tables.cosine), sine: times(tables.sine) }
}

/** [T, T] in the type of `like`, to be used as `compute`. */
function causalMask(graph: Graph, positions: number, like: Value, compute: FloatDtype | 'float16'): Value {
  const type = { dtype: floatDtype(like), shape: [positions, positions] }
  const masked = graph.scalar(compute === 'float16' ? MASKED_16 : MASKED, type.dtype)
  const full = graph.node('Expand', [masked, graph.integers(type.shape)], type)
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
