// `tessera chat`: talk to a model. Each line is added to the text so far and the model goes on writing, token by token. Base models
// know no roles: what they see is one text, which grows by both hands.

import { createInterface } from 'node:readline/promises'
import { Generator } from '@tessera/training/generate'
import { toFloat } from '@tessera/training/parameters'
import { buildGenerateProgram } from '@tessera/training/programs/generate'
import { continueText } from '@tessera/training/writing'
import { defineCommand, type Scene } from '../command.ts'
import { deviceFor, deviceOptions, loadModel, modelOptions } from '../modelSource.ts'

export const chat = defineCommand({
  name: 'chat',
  summary: 'Writes on from your text, as it comes; a conversation on a terminal, or one answer to --prompt.',
  options: {
    ...modelOptions,
    ...deviceOptions,
    prompt: {
      flag: 'prompt',
      env: 'TESSERA_PROMPT',
      type: 'string',
      min: 1,
      description: 'Text to go on from, once; without it, lines are read from standard input',
    },
    maxTokens: {
      flag: 'max-tokens',
      env: 'TESSERA_MAX_TOKENS',
      type: 'integer',
      default: 200,
      min: 1,
      unit: 'tokens',
      description: 'Longest answer',
    },
    temperature: {
      flag: 'temperature',
      env: 'TESSERA_TEMPERATURE',
      type: 'number',
      default: 0.8,
      min: 0,
      max: 10,
      description: 'How far the choice strays from the likeliest token; 0 takes the likeliest',
    },
    topK: {
      flag: 'top-k',
      env: 'TESSERA_TOP_K',
      type: 'integer',
      default: 40,
      min: 1,
      unit: 'tokens',
      description: 'Choose among this many of the likeliest tokens',
    },
    topP: {
      flag: 'top-p',
      env: 'TESSERA_TOP_P',
      type: 'number',
      default: 1,
      min: 0,
      max: 1,
      description: 'Choose among the likeliest tokens that have this much of the probability together',
    },
    repetitionPenalty: {
      flag: 'repetition-penalty',
      env: 'TESSERA_REPETITION_PENALTY',
      type: 'number',
      default: 1,
      min: 1,
      max: 10,
      description: 'Makes tokens that stand in the text less likely; 1 does not',
    },
    seed: {
      flag: 'seed',
      env: 'TESSERA_SEED',
      type: 'integer',
      default: 1,
      min: 0,
      description: 'The same seed gives the same text on the same machine',
    },
  },
  async run(options, scene) {
    const model = await loadModel(options, scene)
    const { config, tokenizer } = model
    const device = await deviceFor(options, scene)
    const generator = await Generator.create({ program: buildGenerateProgram(config), config, ...device })
    scene.lifecycle.onClose('generator', () => generator.dispose())
    const { prompt, maxTokens, temperature, topK, repetitionPenalty, seed, topP } = options
    const writer = { generator, tokenizer, parameters: toFloat(model.state) }
    const sampling = { temperature, topK, topP, repetitionPenalty, maxTokens, signal: scene.signal }
    let turn = 0
    const answer = (text: string): Promise<string> =>
      show(continueText({ ...writer, ...sampling, prompt: text, seed: seed + turn++ }), scene)
    if (prompt === undefined) await converse(model.label, answer, scene)
    else await answer(prompt)
  },
})

/** Prints text as it comes; returns all of it. */
async function show(pieces: AsyncIterable<string>, { output }: Scene): Promise<string> {
  let text = ''
  for await (const piece of pieces) {
    text += piece
    // What a model writes may hold anything: it must not drive the terminal.
    if (piece !== '') output.write(output.isTTY === true ? withoutControls(piece) : piece)
  }
  output.write('\n')
  return text
}

async function converse(label: string, answer: (text: string) => Promise<string>, scene: Scene): Promise<void> {
  const { input, output, signal, note } = scene
  note(`${label}. What you write is added to the text, and the model goes on. An empty line begins anew; Ctrl-D ends.`)
  const isTTY = input.isTTY === true
  const lines = createInterface({ input, output: isTTY ? output : undefined, prompt: '> ', signal })
  // The last line may be answered after the input has ended.
  let open = true
  lines.once('close', () => {
    open = false
  })
  const prompt = (): void => {
    if (isTTY && open) lines.prompt()
  }
  let text = ''
  prompt()
  for await (const line of lines) {
    if (line === '') {
      text = ''
      note('(begun anew)')
    } else {
      text = text === '' ? line : `${text}\n${line}`
      text += await answer(text)
    }
    prompt()
  }
}

/** Line breaks and tabs stay. */
function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '')
}
