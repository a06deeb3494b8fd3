// `tessera data prepare`: text, JSON lines or Parquet becomes a folder of token shards that a run can train on.

import { readFileLimited } from '@tessera/agent/limitedFile'
import type { Bar } from '@tessera/agent/progress'
import { addressOf } from '@tessera/storage/importer'
import type { TokenizerReference } from '@tessera/training/data/datasetManifest'
import { type PrepareProgress, prepareData } from '@tessera/training/data/prepareData'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { huggingFaceTokenizer, MAX_TOKENIZER_BYTES } from '@tessera/training/tokenizer/huggingFaceTokenizer'
import type { Tokenizer } from '@tessera/training/tokenizer/tokenizer'
import { defineCommand, type Scene, writeLine } from '../command.ts'

export const dataPrepare = defineCommand({
  name: 'data prepare',
  summary: 'Turns text, JSON lines and Parquet files into token shards; goes on where it was interrupted.',
  options: {
    input: {
      flag: 'input',
      env: 'TESSERA_INPUT',
      type: 'list',
      items: 'path',
      min: 1,
      required: true,
      description: 'Files and folders: .txt and .md, .jsonl, .parquet',
    },
    output: {
      flag: 'output',
      env: 'TESSERA_OUTPUT',
      type: 'path',
      required: true,
      description: 'Folder for the shards; empty, or what the same command has left',
    },
    tokenizer: {
      flag: 'tokenizer',
      env: 'TESSERA_TOKENIZER',
      type: 'path',
      description: 'tokenizer.json of Hugging Face; bytes if not given',
    },
    context: {
      flag: 'context',
      env: 'TESSERA_CONTEXT',
      type: 'integer',
      required: true,
      min: 1,
      max: 2 ** 20,
      unit: 'tokens',
      description: 'Tokens of a sample: the context that the model is trained with',
    },
    field: {
      flag: 'field',
      env: 'TESSERA_FIELD',
      type: 'string',
      default: 'text',
      min: 1,
      description: 'Field of JSON lines, or column of Parquet, that holds the text',
    },
    separator: {
      flag: 'separator',
      env: 'TESSERA_SEPARATOR',
      type: 'string',
      min: 1,
      description: 'Line that stands between documents of text files; without it a text file is cut into passages',
    },
    heldOut: {
      flag: 'held-out',
      env: 'TESSERA_HELD_OUT',
      type: 'number',
      default: 0.01,
      min: 0,
      max: 0.9,
      description: 'Share of the documents that nobody trains on',
    },
    onBadDocument: {
      flag: 'on-bad-document',
      env: 'TESSERA_ON_BAD_DOCUMENT',
      type: 'choice',
      choices: ['fail', 'skip'],
      default: 'fail',
      description: 'What a document that cannot be read does: ends the command, or is left out and counted',
    },
  },
  async run(options, scene) {
    const { tokenizer, reference } = await tokenizerOf(options.tokenizer, scene.signal)
    const bars = new PhaseBars(scene)
    const manifest = await prepareData({
      sources: options.input,
      folder: options.output,
      tokenizer,
      tokenizerReference: reference,
      sampleTokens: options.context,
      heldOutFraction: options.heldOut,
      field: options.field,
      ...(options.separator === undefined ? {} : { separator: options.separator }),
      onBadDocument: options.onBadDocument,
      address: (bytes, signal) => addressOf(bytes, signal === undefined ? {} : { signal }),
      onProgress: (progress) => bars.update(progress),
      signal: scene.signal,
    })
    bars.finish()
    const { counts, data, skipped } = manifest
    const documents = counts.trainDocuments + counts.heldOutDocuments
    writeLine(scene, `documents   ${documents}, ${counts.heldOutDocuments} of them held out`)
    writeLine(scene, `tokens      ${counts.trainTokens + counts.heldOutTokens}`)
    writeLine(
      scene,
      `samples     ${data.trainSamples} to train on, ${data.heldOutSamples} held out, ${options.context} tokens each`,
    )
    writeLine(scene, `shards      ${data.shards.length} in ${options.output}`)
    for (const [defect, count] of Object.entries(skipped.counts)) writeLine(scene, `left out    ${count} ${defect}`)
    for (const { name, line, defect } of skipped.examples) scene.note(`left out: ${name}, line ${line}: ${defect}`)
  },
})

async function tokenizerOf(
  path: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly tokenizer: Tokenizer; readonly reference: TokenizerReference }> {
  if (path === undefined) return { tokenizer: bytesTokenizer, reference: { kind: 'bytes' } }
  const file = await readFileLimited(path, MAX_TOKENIZER_BYTES, { signal })
  return { tokenizer: huggingFaceTokenizer(file), reference: { kind: 'huggingface', ...(await addressOf(file)) } }
}

/** Files are read twice: for their digests, then for what they hold. */
class PhaseBars {
  readonly #scene: Scene
  #phase: PrepareProgress['phase'] | undefined
  #bar: Bar | undefined

  constructor(scene: Scene) {
    this.#scene = scene
  }

  update({ phase, bytes, totalBytes, documents }: PrepareProgress): void {
    if (phase !== this.#phase) {
      this.finish()
      this.#phase = phase
      const label = phase === 'digest' ? 'reading' : 'packing'
      this.#bar = this.#scene.progress.start({ label, total: totalBytes, unit: 'bytes' })
    }
    this.#bar?.update(bytes, phase === 'pack' ? `${documents} documents` : undefined)
  }

  finish(): void {
    this.#bar?.finish()
    this.#bar = undefined
  }
}
