// The decoder with a cache: given new tokens and the keys and values of those before them, the scores of what follows and the
// cache that includes the new tokens. Names and shapes are those of Hugging Face optimum's "decoder with past", so that an export
// of it is loaded by transformers.js. Positions follow from the length of the cache; there is no mask for padding on the left.
//
// Sizes that the caller chooses go by names in the file. While the graph is built numbers stand in for them, so that operations
// can check their shapes; none of these numbers may reach a node, so a reshape here copies (0) or infers (-1) such a size.
//
// Letters in shapes: B batch, n new tokens, p tokens in the cache, d model width, h query heads, k key and value heads, s head size.

import { floatDtype, type Graph, type Value } from '../graph/graph.ts'
import { graphError, type Shape, sizeOf } from '../graph/shape.ts'
import { headSize, keyValueHeads, type ModelConfig } from '../model/config.ts'
import { feedForward, MASKED, namedParameters, type Parameters, parameterOf, rotaryTables } from '../model/llama.ts'
import { EMBEDDING, FINAL_NORM, layerName } from '../model/parameterSpecs.ts'
import { add, multiply } from '../ops/elementwise.ts'
import { transpose } from '../ops/layout.ts'
import { linear, matmul, matmulTransposed } from '../ops/matrix.ts'
import { rmsNorm } from '../ops/rmsNorm.ts'
import { wholeTables } from '../ops/rotary.ts'
import { softmax } from '../ops/softmax.ts'

/** int64 [B, n]. */
export const TOKENS_INPUT = 'input_ids'

/** The input float32 [B, k, p, s]: what layer `layer` keeps of the tokens before; p is 0 at the start of a text. */
export const pastName = (layer: number, part: 'key' | 'value'): string => `past_key_values.${layer}.${part}`
/** The output float32 [B, k, p + n, s]: what to give as past with the tokens after these. */
export const presentName = (layer: number, part: 'key' | 'value'): string => `present.${layer}.${part}`

export const BATCH = 'batch_size'
export const NEW_TOKENS = 'sequence_length'
const PAST = 'past_sequence_length'
const TOTAL = 'past_sequence_length + sequence_length'

/** Numbers that stand in for the named sizes; all differ, so that a mix-up is found where the graph is built. */
export const STAND_IN = { batch: 2, tokens: 3, past: 8, total: 11 } as const

export interface Decoded {
  /** The state of every new token after the final norm, [B * n, d], the tokens of a text together. */
  readonly hidden: Value
  /** int64 [2]: B and n. */
  readonly sizes: Value
}

/** What the layers share. */
interface Shared {
  readonly config: ModelConfig
  readonly parameters: Parameters
  /** int64 [4]: what splits [B * n, heads * s] into heads, [B, n, heads, s]. */
  readonly queryShape: Value
  readonly keyShape: Value
  /** Rows [n, s] of the rotary tables, for queries with the 1 / sqrt(s) of attention folded in. */
  readonly queryTurn: Turn
  readonly keyTurn: Turn
  /** [n, p + n]: MASKED where a new token would look ahead, 0 elsewhere. */
  readonly mask: Value
}

interface Turn {
  readonly cosine: Value
  readonly signedSine: Value
}

/** Adds the inputs and outputs of the cache and the input of tokens to `graph`. `parameters` in manifest order. */
export function decode(graph: Graph, config: ModelConfig, parameters: readonly Value[]): Decoded {
  const { batch, tokens: count } = STAND_IN
  const tokens = graph.input(TOKENS_INPUT, 'int64', [batch, count], [BATCH, NEW_TOKENS])
  const past = Array.from({ length: config.layers }, (_, layer) => pastInputs(graph, config, layer))
  const firstPast = past[0]?.key
  if (firstPast === undefined) throw graphError('a model needs a layer', { layers: config.layers })
  const named = namedParameters(config, parameters)
  const table = parameterOf(named, EMBEDDING)
  const sizes = graph.node('Shape', [tokens], { dtype: 'int64', shape: [2] })
  const shared = sharedValues(graph, config, named, { sizes, firstPast })
  const rows = [batch * count, config.dModel]
  let x = graph.scoped('embedding', () => {
    const looked = { dtype: table.dtype, shape: [batch, count, config.dModel] }
    return reshaped(
      graph,
      graph.node('Gather', [table, tokens], looked, { axis: { int: 0 } }),
      [-1, config.dModel],
      rows,
    )
  })
  for (const [layer, { key, value }] of past.entries()) {
    x = graph.scoped(`layer${layer}.attention`, () => add(graph, x, attention(graph, shared, layer, x, { key, value })))
    x = graph.scoped(`layer${layer}.feedForward`, () => add(graph, x, feedForward(graph, shared, layer, x)))
  }
  const hidden = graph.scoped('finalNorm', () => rmsNorm(graph, x, parameterOf(named, FINAL_NORM), config.normEpsilon))
  return { hidden, sizes }
}

function pastInputs(graph: Graph, config: ModelConfig, layer: number): { readonly key: Value; readonly value: Value } {
  const [heads, size] = [keyValueHeads(config), headSize(config)]
  const past = (part: 'key' | 'value'): Value =>
    graph.input(
      pastName(layer, part),
      'float32',
      [STAND_IN.batch, heads, STAND_IN.past, size],
      [BATCH, heads, PAST, size],
    )
  return { key: past('key'), value: past('value') }
}

/** What depends on the sizes and the configuration alone. */
function sharedValues(
  graph: Graph,
  config: ModelConfig,
  parameters: Parameters,
  given: { readonly sizes: Value; readonly firstPast: Value },
): Shared {
  const [size, table] = [headSize(config), parameterOf(parameters, EMBEDDING)]
  return graph.scoped('positions', () => {
    const past = scalarAt(graph, graph.node('Shape', [given.firstPast], { dtype: 'int64', shape: [4] }), 2)
    const count = scalarAt(graph, given.sizes, 1)
    const total = graph.node('Add', [past, count], past)
    const one = graph.scalar(1, 'int64')
    const positions = graph.node('Range', [past, total, one], { dtype: 'int64', shape: [STAND_IN.tokens] })
    const tables = wholeTables(graph, rotaryTables(graph, config, config.context, table))
    // Gather and not Slice, because it refuses positions beyond the context instead of giving fewer rows.
    const rowsOf = (whole: Value): Value =>
      graph.node(
        'Gather',
        [whole, positions],
        { dtype: whole.dtype, shape: [STAND_IN.tokens, size] },
        { axis: { int: 0 } },
      )
    const keyTurn = { cosine: rowsOf(tables.cosine), signedSine: rowsOf(tables.signedSine) }
    const scale = graph.scalar(1 / Math.sqrt(size), floatDtype(table))
    const splitting = (heads: number): Value =>
      graph.node(
        'Concat',
        [given.sizes, graph.integers([heads, size])],
        { dtype: 'int64', shape: [4] },
        { axis: { int: 0 } },
      )
    return {
      config,
      parameters,
      queryShape: splitting(config.heads),
      keyShape: splitting(keyValueHeads(config)),
      queryTurn: {
        cosine: multiply(graph, keyTurn.cosine, scale),
        signedSine: multiply(graph, keyTurn.signedSine, scale),
      },
      keyTurn,
      mask: causalMask(graph, { count, total, firstAhead: graph.node('Add', [past, one], past) }, table),
    }
  })
}

/** x [B * n, d] gives what attention adds to it; the layer's part of the cache, with the new tokens, becomes an output. */
function attention(
  graph: Graph,
  shared: Shared,
  layer: number,
  x: Value,
  past: { readonly key: Value; readonly value: Value },
): Value {
  const { config } = shared
  const { batch, tokens, total } = STAND_IN
  const [h, k, s] = [config.heads, keyValueHeads(config), headSize(config)]
  const weight = (part: string): Value => parameterOf(shared.parameters, layerName(layer, part))
  const normed = rmsNorm(graph, x, weight('input_layernorm'), config.normEpsilon)
  const project = (part: string, heads: number, shape: Value): Value =>
    splitHeads(graph, linear(graph, normed, weight(part)), shape, [batch, tokens, heads, s])

  const query = turned(graph, project('self_attn.q_proj', h, shared.queryShape), shared.queryTurn)
  const newKey = turned(graph, project('self_attn.k_proj', k, shared.keyShape), shared.keyTurn)
  const newValue = project('self_attn.v_proj', k, shared.keyShape)
  const key = extended(graph, past.key, newKey, presentName(layer, 'key'))
  const value = extended(graph, past.value, newValue, presentName(layer, 'value'))
  // As in the forward pass: the h / k query heads that share a key head are stacked along the tokens.
  const stacked = (h / k) * tokens
  const scores = matmulTransposed(graph, reshaped(graph, query, [0, k, -1, s], [batch, k, stacked, s]), key)
  const masked = add(graph, reshaped(graph, scores, [0, h, -1, 0], [batch, h, tokens, total]), shared.mask)
  const weights = reshaped(graph, softmax(graph, masked), [0, k, -1, 0], [batch, k, stacked, total])
  const mixed = reshaped(graph, matmul(graph, weights, value), [0, h, -1, s], [batch, h, tokens, s])
  const joined = reshaped(graph, transpose(graph, mixed, [0, 2, 1, 3]), [-1, h * s], [batch * tokens, h * s])
  return linear(graph, joined, weight('self_attn.o_proj'))
}

/** The cache `past` followed by `added`, which also becomes the output `name`. */
function extended(graph: Graph, past: Value, added: Value, name: string): Value {
  const { batch, total } = STAND_IN
  const [heads, size] = [sizeOf(past.shape, 1), sizeOf(past.shape, 3)]
  const type = { dtype: past.dtype, shape: [batch, heads, total, size] }
  const present = graph.node('Concat', [past, added], type, { axis: { int: 2 } })
  graph.output(name, present, [BATCH, heads, TOTAL, size])
  return present
}

/** x [B * n, heads * s] as [B, heads, n, s]; `shape` is [B, n, heads, s], and `parts` the same with what stands in for it. */
function splitHeads(graph: Graph, x: Value, shape: Value, parts: Shape): Value {
  return transpose(graph, graph.node('Reshape', [x, shape], { dtype: x.dtype, shape: parts }), [0, 2, 1, 3])
}

/** x [B, heads, n, s], each pair of entries turned by its token's angle: ops/rotary.ts for named sizes. */
function turned(graph: Graph, x: Value, { cosine, signedSine }: Turn): Value {
  const [size, pairs] = [sizeOf(x.shape, -1), [...x.shape.slice(0, -1), 2, sizeOf(x.shape, -1) / 2]]
  const split = reshaped(graph, x, [0, 0, 0, 2, size / 2], pairs)
  const swapped = graph.node('Gather', [split, graph.integers([1, 0])], split, { axis: { int: 3 } })
  const flat = reshaped(graph, swapped, [0, 0, 0, size], x.shape)
  return add(graph, multiply(graph, x, cosine), multiply(graph, flat, signedSine))
}

function causalMask(
  graph: Graph,
  lengths: { readonly count: Value; readonly total: Value; readonly firstAhead: Value },
  like: Value,
): Value {
  const type = { dtype: floatDtype(like), shape: [STAND_IN.tokens, STAND_IN.total] }
  const vector = (length: Value): Value =>
    graph.node('Unsqueeze', [length, graph.integers([0])], { dtype: 'int64', shape: [1] })
  const parts = [vector(lengths.count), vector(lengths.total)]
  const shape = graph.node('Concat', parts, { dtype: 'int64', shape: [2] }, { axis: { int: 0 } })
  const full = graph.node('Expand', [graph.scalar(MASKED, type.dtype), shape], type)
  // Row i is the token at p + i, so what lies ahead of it begins at column p + i + 1.
  return graph.node('Trilu', [full, lengths.firstAhead], type, { upper: { int: 1 } })
}

/** `a` under the shape `sizes`, in which 0 copies the size of that axis and -1 is what is left; `shape` is what it stands for. */
function reshaped(graph: Graph, a: Value, sizes: readonly number[], shape: Shape): Value {
  return graph.node('Reshape', [a, graph.integers(sizes)], { dtype: a.dtype, shape })
}

function scalarAt(graph: Graph, vector: Value, index: number): Value {
  return graph.node(
    'Gather',
    [vector, graph.scalar(index, 'int64')],
    { dtype: vector.dtype, shape: [] },
    { axis: { int: 0 } },
  )
}
