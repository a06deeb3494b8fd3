// The models that the interop tests exchange, and our side of them: what we import is what Python published, what we export is
// written beside what we compute of it, for Python to compare with.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportHuggingFace } from '@tessera/training/exchange/exportHuggingFace'
import { importHuggingFace } from '@tessera/training/exchange/importHuggingFace'
import { bytesOf } from '@tessera/training/graph/dtype'
import { encodeGraph } from '@tessera/training/graph/encode'
import { Graph } from '@tessera/training/graph/graph'
import type { ModelConfig } from '@tessera/training/model/config'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { hiddenStates, logitsOf } from '@tessera/training/model/llama'
import { parameterSpecs } from '@tessera/training/model/parameterSpecs'
import { quantizeQ24, splitTensors, toFloat } from '@tessera/training/parameters'
import { floatOutput, Session } from '@tessera/training/session'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { huggingFaceTokenizer } from '@tessera/training/tokenizer/huggingFaceTokenizer'
import type { Tokenizer } from '@tessera/training/tokenizer/tokenizer'

/** A model in verify.py's expected.json. */
interface Expected {
  readonly name: string
  readonly folder: string
  readonly tokens: readonly number[]
  /** File of float32 [tokens, vocabulary]. */
  readonly logits: string
  /** Texts and our tokens of them. */
  readonly texts: readonly (readonly [string, readonly number[]])[]
}

const PROMPT = 'The rabbit-hole went straight on like a tunnel for some way'
const TEXTS = [
  PROMPT,
  '',
  ' ',
  'two  spaces\tand\r\nlines\n\n',
  'naïve café, 東京, Ελλάδα, עברית',
  'e\u0301 is not \u00e9',
  '👩‍👩‍👧 flags 🇦🇶 and \u{10ffff}',
  'nul \u0000 and \u007f and \u0085',
  "it's 12345.678e-9 <|not a token|>",
  '<s></s>[INST]',
]

const BYTE_MODEL: ModelConfig = {
  vocabSize: 256,
  dModel: 64,
  layers: 2,
  heads: 4,
  ffn: 96,
  context: 64,
  ropeBase: 10_000,
  normEpsilon: 1e-5,
}

const card = { name: 'Interop', license: 'apache-2.0', run: '7', round: 3, root: `0x${'ab'.repeat(32)}` }

/**
 * Imports `published` and exports it and models of our own below `folder`, with expected.json. The published one goes out in several
 * files, the others in one.
 */
export async function exchange(published: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const imported = await importHuggingFace(published, { context: 64 })
  const { tokenizer: file, tokenizerConfig: config } = imported
  if (file === undefined || config === undefined) throw new Error('the published model lost its tokenizer')
  const { longestContext, specialTokens } = imported
  const again = { config: imported.config, state: imported.state, tokenizer: huggingFaceTokenizer(file, config) }
  const bytes = { config: BYTE_MODEL, state: freshState(BYTE_MODEL), tokenizer: bytesTokenizer }
  // A width that the heads do not divide: written as Mistral's, because LlamaConfig refuses it.
  const oddConfig: ModelConfig = { ...BYTE_MODEL, dModel: 66, headSize: 16, keyValueHeads: 1 }
  const odd = { config: oddConfig, state: freshState(oddConfig), tokenizer: bytesTokenizer }
  const output = (name: string) => ({ folder: join(folder, name), card, overwrite: true })

  await exportHuggingFace({
    ...output('again'),
    config: again.config,
    weights: again.state,
    tokenizer: { kind: 'huggingface', file, config },
    longestContext,
    specialTokens,
    shardBytes: 100_000,
  })
  await exportHuggingFace({
    ...output('bytes'),
    config: bytes.config,
    weights: bytes.state,
    tokenizer: { kind: 'bytes' },
  })
  await exportHuggingFace({ ...output('odd'), config: odd.config, weights: odd.state, tokenizer: { kind: 'bytes' } })
  const expected = [
    await expectation('imported and exported', 'again', folder, again),
    await expectation('bytes', 'bytes', folder, bytes),
    await expectation('odd width', 'odd', folder, odd),
    // The published folder itself: import lost nothing that the logits would show.
    { ...(await expectation('published', 'again', folder, again)), folder: '../published' },
  ]
  await writeFile(join(folder, 'expected.json'), JSON.stringify(expected))
}

interface Model {
  readonly config: ModelConfig
  readonly state: Int32Array
  readonly tokenizer: Tokenizer
}

async function expectation(name: string, stem: string, folder: string, model: Model): Promise<Expected> {
  const tokens = model.tokenizer.encode(PROMPT)
  const logits = `${stem}.logits`
  await writeFile(join(folder, logits), bytesOf(await scores(model, tokens)))
  const texts = TEXTS.map((text) => [text, [...model.tokenizer.encode(text)]] as const)
  return { name, folder: stem, tokens: [...tokens], logits, texts }
}

/** Scores after each of `tokens`, [tokens, vocabulary], by the graph that trains. */
async function scores({ config, state }: Model, tokens: Int32Array): Promise<Float32Array> {
  const specs = parameterSpecs(config)
  const graph = new Graph('logits')
  const parameters = specs.map((spec) => graph.input(spec.name, 'float32', spec.shape))
  const read = graph.input('tokens', 'int32', [1, tokens.length])
  graph.output('logits', logitsOf(graph, config, parameters, hiddenStates(graph, config, parameters, read)))
  const session = await Session.create(encodeGraph(graph))
  const tensors = splitTensors(toFloat(state), specs)
  const named = specs.flatMap((spec, index) => {
    const data = tensors[index]
    return data === undefined ? [] : [[spec.name, { data, shape: spec.shape }] as const]
  })
  const outputs = await session.run({
    ...Object.fromEntries(named),
    tokens: { data: tokens, shape: [1, tokens.length] },
  })
  await session.dispose()
  return floatOutput(outputs, 'logits')
}

/** Fresh weights are so small that every token scores alike; eight times as large they do not. */
function freshState(config: ModelConfig): Int32Array {
  return quantizeQ24(initialParameters(config, 5).map((weight) => (weight === 1 ? 1 : 8 * weight)))
}
