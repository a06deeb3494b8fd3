// The evaluation program: the mean loss of each sequence of a batch. What validators score contributions with.

import { encodeGraph } from '../graph/encode.ts'
import { Graph } from '../graph/graph.ts'
import type { ModelConfig } from '../model/config.ts'
import { tokenLosses } from '../model/llama.ts'
import { parameterSpecs } from '../model/parameterSpecs.ts'
import { mean } from '../ops/reduce.ts'

export const EVALUATE_INPUT = {
  /** int32 [B, T + 1]. */
  tokens: 'tokens',
} as const

export const EVALUATE_OUTPUT = {
  /** float32 [B]: nats per token, each sequence on its own. */
  losses: 'losses',
} as const

/** ONNX bytes of the evaluation program for `config`, `batch` sequences at a time. */
export function buildEvaluateProgram(config: ModelConfig, options: { readonly batch: number }): Uint8Array {
  const graph = new Graph('evaluate')
  const tokens = graph.input(EVALUATE_INPUT.tokens, 'int32', [options.batch, config.context + 1])
  const parameters = parameterSpecs(config).map((spec) => graph.input(spec.name, 'float32', spec.shape))
  graph.output(EVALUATE_OUTPUT.losses, mean(graph, tokenLosses(graph, config, parameters, tokens), [1]))
  return encodeGraph(graph)
}
