// Where a command gets its model from: a folder in the form of Hugging Face, or a checkpoint of a run, recomputed from the chain and
// held against its root there.

import { join } from 'node:path'
import type { Resolved } from '@tessera/agent/optionTable'
import { nodeOptions } from '@tessera/node/nodeOptions'
import { openCheckpoint } from '@tessera/node/openCheckpoint'
import { TesseraError } from '@tessera/protocol/errors'
import { chooseDevice, DEVICE_CHOICES } from '@tessera/training/device'
import { importHuggingFace } from '@tessera/training/exchange/importHuggingFace'
import type { ModelConfig } from '@tessera/training/model/config'
import type { Device } from '@tessera/training/session'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { huggingFaceTokenizer } from '@tessera/training/tokenizer/huggingFaceTokenizer'
import type { Tokenizer } from '@tessera/training/tokenizer/tokenizer'
import type { Scene } from './command.ts'
import { chainOptions, openNetwork, runOption } from './network.ts'

const BYTES_VOCABULARY = 256
const MEGABYTE = 1_000_000

/** Spread into the table of a command that needs a model. */
export const modelOptions = {
  model: {
    flag: 'model',
    env: 'TESSERA_MODEL',
    type: 'path',
    description:
      'Folder of a model in the form of Hugging Face (config.json, safetensors); instead of a checkpoint of a run',
  },
  ...chainOptions,
  ...runOption,
  round: {
    flag: 'round',
    env: 'TESSERA_ROUND',
    type: 'integer',
    min: 0,
    description: 'Final round whose state is wanted, 0 for the genesis; the last one if not given',
  },
  cache: {
    flag: 'cache',
    env: 'TESSERA_CACHE',
    type: 'path',
    default: '.tessera/checkpoints',
    description: 'Folder for what is fetched of runs; one process at a time',
  },
  cacheQuota: {
    flag: 'cache-quota',
    env: 'TESSERA_CACHE_QUOTA',
    type: 'integer',
    default: 20_000,
    min: 16,
    unit: 'MB',
    description: 'Limit of what the cache may hold',
  },
  mirrors: nodeOptions.mirrors,
} as const

/** Spread into the table of a command that runs the model. */
export const deviceOptions = {
  device: {
    flag: 'device',
    env: 'TESSERA_DEVICE',
    type: 'choice',
    choices: DEVICE_CHOICES,
    default: 'cpu',
    description: 'What the model runs on; auto tries them all and takes the fastest that works',
  },
  threads: {
    flag: 'threads',
    env: 'TESSERA_THREADS',
    type: 'integer',
    default: 2,
    min: 1,
    max: 256,
    description: 'CPU threads of the model’s runtime',
  },
} as const

export interface LoadedModel {
  readonly config: ModelConfig
  /** The shared state: int32 in units of 2^-24. */
  readonly state: Int32Array
  readonly tokenizer: Tokenizer
  /** Bytes of tokenizer.json; undefined when tokens are bytes. */
  readonly tokenizerFile: Uint8Array | undefined
  /** For people. */
  readonly label: string
  /** Set for a checkpoint of a run. */
  readonly origin: { readonly run: bigint; readonly round: bigint; readonly root: string } | undefined
}

/** Errors: those of `openCheckpoint` and `importHuggingFace`, `cli/no-tokenizer`. */
export function loadModel(options: Resolved<typeof modelOptions>, scene: Scene): Promise<LoadedModel> {
  return options.model === undefined ? loadCheckpoint(options, scene) : loadFolder(options.model, scene)
}

async function loadFolder(folder: string, { signal, progress, note }: Scene): Promise<LoadedModel> {
  const bar = progress.start({ label: 'weights', total: 0, unit: 'parameters' })
  const model = await importHuggingFace(folder, {
    signal,
    onProgress: ({ parametersDone }) => bar.update(parametersDone),
  })
  bar.finish()
  for (const warning of model.warnings) note(`note: ${warning}`)
  const { config, state } = model
  const tokenizerFile = model.tokenizer
  if (tokenizerFile === undefined && config.vocabSize !== BYTES_VOCABULARY) throw noTokenizer(folder, config.vocabSize)
  const tokenizer =
    tokenizerFile === undefined ? bytesTokenizer : huggingFaceTokenizer(tokenizerFile, model.tokenizerConfig)
  return { config, state, tokenizer, tokenizerFile, label: folder, origin: undefined }
}

async function loadCheckpoint(options: Resolved<typeof modelOptions>, scene: Scene): Promise<LoadedModel> {
  const { signal, progress } = scene
  const chain = await openNetwork(options, scene)
  const run = BigInt(options.run)
  const { chainId, genesisHash } = chain.deployment
  const bar = progress.start({ label: 'checkpoint', total: 0, unit: 'rounds' })
  const checkpoint = await openCheckpoint({
    chain,
    run,
    round: options.round === undefined ? undefined : BigInt(options.round),
    folder: join(options.cache, `${chainId}-${genesisHash.slice(2, 18)}-${run}`),
    quotaBytes: options.cacheQuota * MEGABYTE,
    mirrors: options.mirrors,
    allowPrivate: isLocal(options.rpc),
    signal,
    onProgress: ({ done }) => bar.update(done),
  })
  bar.finish()
  await checkpoint.close()
  const { bundle, state, round, root } = checkpoint
  const { name } = bundle.manifest
  return {
    config: bundle.model,
    state,
    tokenizer: bundle.tokenizer,
    tokenizerFile: bundle.tokenizerFile,
    label: `${name}, run ${run}, round ${round}`,
    origin: { run, round, root },
  }
}

/** Nodes of a chain on this machine are on this machine, too: a test network, whose gateways have no certificates. */
function isLocal(rpc: string): boolean {
  const host = URL.parse(rpc)?.hostname
  return host === 'localhost' || host === '127.0.0.1' || host === '[::1]'
}

/** Chooses the device and says which, if it was not named. */
export async function deviceFor(
  options: Resolved<typeof deviceOptions>,
  { signal, note }: Scene,
): Promise<{ readonly device: Device; readonly threads: number }> {
  const { device, reason } = await chooseDevice(options.device, { signal })
  if (options.device === 'auto') note(`device: ${device} (${reason})`)
  return { device, threads: options.threads }
}

function noTokenizer(folder: string, vocabSize: number): TesseraError {
  return new TesseraError(
    'cli/no-tokenizer',
    `${folder} has no tokenizer.json, and its ${vocabSize} tokens are not bytes`,
    {
      hint: 'Put the tokenizer.json of the model into the folder',
      context: { folder, vocabSize },
    },
  )
}
