// `tessera checkpoint export`: takes a model's weights away, for Hugging Face's stack, for ONNX runtimes, or both.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { exportHuggingFace } from '@tessera/training/exchange/exportHuggingFace'
import { exportOnnx, isExternal } from '@tessera/training/exchange/onnx'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { type LoadedModel, loadModel, modelOptions } from '../modelSource.ts'

const BYTES = 'bytes'
/** Weights are for others to read. */
const PUBLIC = 0o644

export const checkpointExport = defineCommand({
  name: 'checkpoint export',
  summary: 'Writes a checkpoint as safetensors with configuration and tokenizer, as ONNX for inference, or both.',
  options: {
    ...modelOptions,
    output: {
      flag: 'output',
      env: 'TESSERA_OUTPUT',
      type: 'path',
      required: true,
      description: 'Folder to write; it must not exist, unless --overwrite is given',
    },
    format: {
      flag: 'format',
      env: 'TESSERA_FORMAT',
      type: 'choice',
      choices: ['huggingface', 'onnx', 'all'],
      default: 'huggingface',
      description: 'What to write; ONNX goes into the folder onnx below the output',
    },
    dtype: {
      flag: 'dtype',
      env: 'TESSERA_DTYPE',
      type: 'choice',
      choices: ['float32', 'bfloat16', 'float16'],
      default: 'float32',
      description: 'Number format of the safetensors; float32 loses nothing, the others halve the size',
    },
    license: {
      flag: 'license',
      env: 'TESSERA_LICENSE',
      type: 'string',
      default: 'apache-2.0',
      max: 100,
      description: 'Licence named in the model card, as Hugging Face abbreviates it',
    },
    overwrite: {
      flag: 'overwrite',
      env: 'TESSERA_OVERWRITE',
      type: 'boolean',
      description: 'Replace an earlier export in the folder',
    },
  },
  async run(options, scene) {
    const model = await loadModel(options, scene)
    await writeSafetensors(model, options, scene)
    if (options.format !== 'huggingface') await writeOnnx(model, join(options.output, 'onnx'), scene)
    scene.note(`${model.label}: written to ${options.output}`)
  },
})

interface ExportSettings {
  readonly output: string
  readonly format: 'huggingface' | 'onnx' | 'all'
  readonly dtype: 'float32' | 'bfloat16' | 'float16'
  readonly license: string
  readonly overwrite: boolean
}

/** Configuration and tokenizer belong to an ONNX model, too, so this is written in every format. */
async function writeSafetensors(model: LoadedModel, settings: ExportSettings, scene: Scene): Promise<void> {
  const { origin, tokenizerFile } = model
  const bar = scene.progress.start({ label: 'safetensors', total: 0, unit: BYTES })
  const { files } = await exportHuggingFace({
    folder: settings.output,
    config: model.config,
    weights: model.state,
    dtype: settings.dtype,
    tokenizer: tokenizerFile === undefined ? { kind: 'bytes' } : { kind: 'huggingface', file: tokenizerFile },
    externalOnnx: settings.format !== 'huggingface' && isExternal(model.state.length),
    card: {
      name: model.label,
      license: settings.license,
      ...(origin === undefined ? {} : { run: String(origin.run), round: Number(origin.round), root: origin.root }),
    },
    overwrite: settings.overwrite,
    onProgress: ({ bytesDone }) => bar.update(bytesDone),
    signal: scene.signal,
  })
  bar.finish()
  for (const { name } of files) writeLine(scene, join(settings.output, name))
}

async function writeOnnx(model: LoadedModel, folder: string, scene: Scene): Promise<void> {
  await mkdir(folder, { recursive: true })
  const bar = scene.progress.start({ label: 'onnx', total: 0, unit: BYTES })
  const files = await exportOnnx({
    config: model.config,
    weights: model.state,
    write: (name, bytes) => writeFileAtomic(join(folder, name), bytes, { mode: PUBLIC, signal: scene.signal }),
    onProgress: ({ bytesDone }) => bar.update(bytesDone),
    signal: scene.signal,
  })
  bar.finish()
  for (const { name } of files) writeLine(scene, join(folder, name))
}
