// The generation program: scores of the token that follows, by a decoder with a cache (decode.ts). A text starts with an empty
// cache and may be given in pieces of any length.

import { encodeGraph } from '../graph/encode.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { sizeOf } from '../graph/shape.ts'
import type { ModelConfig } from '../model/config.ts'
import { logitsOf } from '../model/llama.ts'
import { parameterSpecs } from '../model/parameterSpecs.ts'
import { BATCH, type Decoded, decode, NEW_TOKENS, STAND_IN } from './decode.ts'

export const GENERATE_OUTPUT = {
  /** float32 [batch, 1 or n, vocabulary]: scores of what follows the last token, or each token. */
  logits: 'logits',
} as const

/** Of which of the new tokens the program gives the scores of what follows. */
export type LogitsOf = 'last' | 'all'

/** ONNX bytes of the generation program for `config`: it takes the parameters under their names, besides tokens and cache. */
export function buildGenerateProgram(config: ModelConfig): Uint8Array {
  const graph = new Graph('generate')
  const parameters = parameterSpecs(config).map((spec) => graph.input(spec.name, 'float32', spec.shape))
  addGeneration(graph, config, parameters, 'last')
  return encodeGraph(graph)
}

/** Adds tokens and cache as inputs, and scores and cache as outputs, to `graph`. `parameters` in manifest order. */
export function addGeneration(graph: Graph, config: ModelConfig, parameters: readonly Value[], of: LogitsOf): void {
  const decoded = decode(graph, config, parameters)
  const { vocabSize, dModel } = config
  if (of === 'all') {
    const logits = perToken(graph, decoded, logitsOf(graph, config, parameters, decoded.hidden))
    graph.output(GENERATE_OUTPUT.logits, logits, [BATCH, NEW_TOKENS, vocabSize])
    return
  }
  const states = { dtype: decoded.hidden.dtype, shape: [STAND_IN.batch, dModel] }
  const last = graph.scalar(-1, 'int64')
  const hidden = graph.node('Gather', [perToken(graph, decoded, decoded.hidden), last], states, { axis: { int: 1 } })
  const logits = logitsOf(graph, config, parameters, hidden)
  const single = { dtype: logits.dtype, shape: [STAND_IN.batch, 1, vocabSize] }
  graph.output(GENERATE_OUTPUT.logits, graph.node('Unsqueeze', [logits, graph.integers([1])], single), [
    BATCH,
    1,
    vocabSize,
  ])
}

/** rows [B * n, width] as [B, n, width]. */
function perToken(graph: Graph, { sizes }: Decoded, rows: Value): Value {
  const width = sizeOf(rows.shape, 1)
  const shape = graph.node(
    'Concat',
    [sizes, graph.integers([width])],
    { dtype: 'int64', shape: [3] },
    { axis: { int: 0 } },
  )
  return graph.node('Reshape', [rows, shape], { dtype: rows.dtype, shape: [STAND_IN.batch, STAND_IN.tokens, width] })
}
