// The scoring program: log-probabilities of chosen tokens, by a decoder with a cache (decode.ts), so that a long text is read in
// pieces. Scores of a whole vocabulary are made for the chosen tokens only, and none leave the program.

import { encodeGraph } from '../graph/encode.ts'
import { Graph } from '../graph/graph.ts'
import type { ModelConfig } from '../model/config.ts'
import { logitsOf } from '../model/llama.ts'
import { parameterSpecs } from '../model/parameterSpecs.ts'
import { decode } from './decode.ts'

export const SCORE_INPUT = {
  /** int64 [m]: which of the B * n new tokens, counted row by row, is followed by a token to be scored. */
  after: 'after',
  /** int64 [m]: the tokens to be scored. */
  targets: 'targets',
} as const

export const SCORE_OUTPUT = {
  /** float32 [m]: the logarithm of the probability of each target, in nats. */
  logProbabilities: 'log_probabilities',
} as const

const SCORED = 'scored'
/** Stands in for m while the graph is built. */
const STAND_IN = 5

/** ONNX bytes of the scoring program for `config`: it takes the parameters under their names, besides tokens and cache. */
export function buildScoreProgram(config: ModelConfig): Uint8Array {
  const graph = new Graph('score')
  const parameters = parameterSpecs(config).map((spec) => graph.input(spec.name, 'float32', spec.shape))
  const { hidden } = decode(graph, config, parameters)
  const after = graph.input(SCORE_INPUT.after, 'int64', [STAND_IN], [SCORED])
  const targets = graph.input(SCORE_INPUT.targets, 'int64', [STAND_IN], [SCORED])
  const rows = { dtype: hidden.dtype, shape: [STAND_IN, config.dModel] }
  const chosen = graph.node('Gather', [hidden, after], rows, { axis: { int: 0 } })
  const logits = logitsOf(graph, config, parameters, chosen)
  const all = graph.node('LogSoftmax', [logits], logits, { axis: { int: -1 } })
  const last = graph.integers([1])
  const index = graph.node('Unsqueeze', [targets, last], { dtype: 'int64', shape: [STAND_IN, 1] })
  const column = { dtype: logits.dtype, shape: [STAND_IN, 1] }
  const own = graph.node('GatherElements', [all, index], column, { axis: { int: 1 } })
  const flat = graph.node('Squeeze', [own, last], { dtype: logits.dtype, shape: [STAND_IN] })
  graph.output(SCORE_OUTPUT.logProbabilities, flat, [SCORED])
  return encodeGraph(graph)
}
