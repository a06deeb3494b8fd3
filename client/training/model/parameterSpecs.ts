// The tensors of the model: names, shapes and, above all, their order, which is the order of the shared state. Names and
// orientation are those of Hugging Face's LLaMA (weights stored [out, in]), so that an export is a copy.

import { elementCount } from '../graph/shape.ts'
import { headSize, keyValueHeads, type ModelConfig, tied } from './config.ts'

export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
}

/** All tensors of the model in manifest order: embedding, layers from the first to the last, final norm, head unless it is tied. */
export function parameterSpecs(config: ModelConfig): readonly ParameterSpec[] {
  const { vocabSize, dModel, ffn } = config
  const query = config.heads * headSize(config)
  const keyValue = keyValueHeads(config) * headSize(config)
  const layers = Array.from({ length: config.layers }, (_, layer) => [
    { name: layerName(layer, 'input_layernorm'), shape: [dModel] },
    { name: layerName(layer, 'self_attn.q_proj'), shape: [query, dModel] },
    { name: layerName(layer, 'self_attn.k_proj'), shape: [keyValue, dModel] },
    { name: layerName(layer, 'self_attn.v_proj'), shape: [keyValue, dModel] },
    { name: layerName(layer, 'self_attn.o_proj'), shape: [dModel, query] },
    { name: layerName(layer, 'post_attention_layernorm'), shape: [dModel] },
    { name: layerName(layer, 'mlp.gate_proj'), shape: [ffn, dModel] },
    { name: layerName(layer, 'mlp.up_proj'), shape: [ffn, dModel] },
    { name: layerName(layer, 'mlp.down_proj'), shape: [dModel, ffn] },
  ])
  return [
    { name: EMBEDDING, shape: [vocabSize, dModel] },
    ...layers.flat(),
    { name: FINAL_NORM, shape: [dModel] },
    ...(tied(config) ? [] : [{ name: HEAD, shape: [vocabSize, dModel] }]),
  ]
}

export const EMBEDDING = 'model.embed_tokens.weight'
export const FINAL_NORM = 'model.norm.weight'
export const HEAD = 'lm_head.weight'

/** The full name of the tensor `part` of layer `layer`, e.g. `model.layers.0.self_attn.q_proj.weight`. */
export function layerName(layer: number, part: string): string {
  return `model.layers.${layer}.${part}.weight`
}

/** Number of parameters in all tensors of `specs`. */
export function parameterCount(specs: readonly ParameterSpec[]): number {
  return specs.reduce((total, spec) => total + elementCount(spec.shape), 0)
}
