// The generation program: scores of the token after a given position. It recomputes the whole context for every token; a cache
// of keys and values is another program.

import { encodeGraph } from '../graph/encode.ts'
import { Graph } from '../graph/graph.ts'
import type { ModelConfig } from '../model/config.ts'
import { hiddenStates, logitsOf } from '../model/llama.ts'
import { parameterSpecs } from '../model/parameterSpecs.ts'
import { reshape } from '../ops/layout.ts'

export const GENERATE_INPUT = {
  /** int32 [1, T]: the context from the front; what stands after `position` does not matter, because attention looks back only. */
  tokens: 'tokens',
  /** int32 scalar from 0 to T - 1: the last token that counts. */
  position: 'position',
} as const

export const GENERATE_OUTPUT = {
  /** float32 [vocabulary]. */
  logits: 'logits',
} as const

/** ONNX bytes of the generation program for `config`. */
export function buildGenerateProgram(config: ModelConfig): Uint8Array {
  const graph = new Graph('generate')
  const tokens = graph.input(GENERATE_INPUT.tokens, 'int32', [1, config.context])
  const position = graph.input(GENERATE_INPUT.position, 'int32', [])
  const parameters = parameterSpecs(config).map((spec) => graph.input(spec.name, 'float32', spec.shape))
  const hidden = hiddenStates(graph, config, parameters, tokens)
  const row = { dtype: hidden.dtype, shape: [config.dModel] }
  const last = graph.node('Gather', [hidden, position], row, { axis: { int: 0 } })
  const logits = logitsOf(graph, config, parameters, reshape(graph, last, [1, config.dModel]))
  graph.output(GENERATE_OUTPUT.logits, reshape(graph, logits, [config.vocabSize]))
  return encodeGraph(graph)
}
