// `tessera evaluate`: how good a model is, on a text of one's own or on multiple-choice questions.

import { readFileLimited } from '@tessera/agent/limitedFile'
import { TesseraError } from '@tessera/protocol/errors'
import { type Accuracy, measureMultipleChoice } from '@tessera/training/evaluation/multipleChoice'
import { measurePerplexity } from '@tessera/training/evaluation/perplexity'
import { parseQuestions } from '@tessera/training/evaluation/questions'
import { Scorer } from '@tessera/training/evaluation/scorer'
import { toFloat } from '@tessera/training/parameters'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { deviceFor, deviceOptions, type LoadedModel, loadModel, modelOptions } from '../modelSource.ts'

const MAX_FILE_BYTES = 2 ** 28

export const evaluate = defineCommand({
  name: 'evaluate',
  summary: 'Measures perplexity and bits per byte on a text, or the accuracy on multiple-choice questions.',
  options: {
    ...modelOptions,
    ...deviceOptions,
    text: {
      flag: 'text',
      env: 'TESSERA_TEXT',
      type: 'path',
      description: 'Text file (UTF-8) to measure perplexity on',
    },
    stride: {
      flag: 'stride',
      env: 'TESSERA_STRIDE',
      type: 'integer',
      min: 1,
      unit: 'tokens',
      description:
        'Tokens that each window over the text scores; half the context if not given, so that each has as much before it',
    },
    questions: {
      flag: 'questions',
      env: 'TESSERA_QUESTIONS',
      type: 'path',
      description:
        'JSONL file, a question a line: query, choices and the index of the right one, in the fields of the usual harnesses',
    },
    json: {
      flag: 'json',
      env: 'TESSERA_JSON',
      type: 'boolean',
      description: 'Print the result as one line of JSON',
    },
  },
  async run(options, scene) {
    const { text, questions } = options
    if (text === undefined && questions === undefined) throw nothingToMeasure()
    // Read before the model is loaded: a bad file should not cost a minute.
    const textFile = text === undefined ? undefined : await readText(text, scene.signal)
    const asked = questions === undefined ? undefined : parseQuestions(await readText(questions, scene.signal))
    const model = await loadModel(options, scene)
    const device = await deviceFor(options, scene)
    const scorer = await Scorer.create({ config: model.config, parameters: toFloat(model.state), ...device })
    scene.lifecycle.onClose('scorer', () => scorer.dispose())
    const perplexity =
      textFile === undefined ? undefined : await perplexityOf(textFile, options.stride, model, scorer, scene)
    const choice = asked === undefined ? undefined : await accuracyOf(asked, model, scorer, scene)
    if (options.json) writeLine(scene, JSON.stringify({ model: model.label, perplexity, multipleChoice: choice }))
    else print(model.label, perplexity, choice, scene)
  },
})

type Perplexity = Awaited<ReturnType<typeof measurePerplexity>>
type Choice = Awaited<ReturnType<typeof measureMultipleChoice>>

async function perplexityOf(
  text: string,
  stride: number | undefined,
  { tokenizer }: LoadedModel,
  scorer: Scorer,
  { progress, signal }: Scene,
): Promise<Perplexity> {
  const bar = progress.start({ label: 'text', total: 0, unit: 'tokens' })
  const result = await measurePerplexity({
    scorer,
    tokenizer,
    text,
    ...(stride === undefined ? {} : { stride }),
    onProgress: ({ tokensDone }) => bar.update(tokensDone),
    signal,
  })
  bar.finish()
  return result
}

async function accuracyOf(
  questions: ReturnType<typeof parseQuestions>,
  { tokenizer }: LoadedModel,
  scorer: Scorer,
  { progress, signal }: Scene,
): Promise<Choice> {
  const bar = progress.start({ label: 'questions', total: questions.length, unit: 'questions' })
  const onProgress = ({ questionsDone }: { readonly questionsDone: number }): void => bar.update(questionsDone)
  const result = await measureMultipleChoice({ scorer, tokenizer, questions, onProgress, signal })
  bar.finish()
  return result
}

function print(label: string, perplexity: Perplexity | undefined, choice: Choice | undefined, scene: Scene): void {
  writeLine(scene, label)
  if (perplexity !== undefined) {
    const { tokens, bytes, bitsPerByte, bitsPerToken } = perplexity
    writeLine(scene, `text            ${tokens} tokens, ${bytes} bytes`)
    writeLine(scene, `perplexity      ${perplexity.perplexity.toFixed(3)} a token (${bitsPerToken.toFixed(3)} bits)`)
    writeLine(scene, `bits per byte   ${bitsPerByte.toFixed(4)}`)
  }
  if (choice !== undefined) {
    writeLine(scene, `questions       ${choice.questions}`)
    writeLine(scene, `acc             ${share(choice.acc)}`)
    writeLine(scene, `acc_norm        ${share(choice.accNorm)}`)
  }
}

function share({ mean, standardError }: Accuracy): string {
  const error = standardError === undefined ? '' : ` +- ${(100 * standardError).toFixed(2)}`
  return `${(100 * mean).toFixed(2)}${error} %`
}

/** Errors: `file/…`, `cli/not-text`. */
async function readText(path: string, signal: AbortSignal): Promise<string> {
  const bytes = await readFileLimited(path, MAX_FILE_BYTES, { signal })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new TesseraError('cli/not-text', `${path} is not UTF-8`, {
      cause,
      context: { path },
      hint: 'Convert it, with iconv for instance',
    })
  }
}

function nothingToMeasure(): TesseraError {
  return new TesseraError('cli/nothing-to-measure', 'there is nothing to measure the model on', {
    hint: 'Give --text FILE, --questions FILE, or both',
  })
}
