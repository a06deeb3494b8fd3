// A model of a run, ready to write: the checkpoint worked out and held against the chain, the tokenizer by its address, the program
// built here, all of it in the steps of a check.

import { Generator } from '@tessera/training/generate'
import { toFloat } from '@tessera/training/parameters'
import { continueText, type WritingRequest, writeText } from '@tessera/training/writing'
import { CHAIN_STEPS, replay } from '../verify/chainSteps.ts'
import type { Evidence } from '../verify/evidence.ts'
import { checkFold, checkManifest, type FoldTools, RUN_STEPS } from '../verify/runSteps.ts'
import type { StepLog, StepPlan } from '../verify/stepLog.ts'
import type { ReadBlob } from './foldCheckpoint.ts'
import { fetchTokenizer } from './runDefinition.ts'

export const MODEL_STEPS = [
  ...CHAIN_STEPS,
  ...RUN_STEPS,
  {
    id: 'tokenizer',
    title: 'The tokenizer is the run’s',
    about: 'Fetched by the address that the manifest names, unless tokens are bytes.',
  },
  {
    id: 'runtime',
    title: 'The model runs',
    about: 'The runtime is loaded from this site, and takes the program that was built here.',
  },
] as const satisfies readonly StepPlan[]

/** What a page is told of a model. */
export interface ModelFacts {
  readonly name: string
  readonly run: bigint
  readonly round: bigint
  readonly root: string
  readonly parameters: number
  readonly vocabSize: number
  /** Tokens that the model reads at once. */
  readonly context: number
}

export interface Model {
  readonly facts: ModelFacts
  /** Pieces of text. Errors: those of `continueText`. */
  write(request: WritingRequest): AsyncGenerator<string, void, void>
  /** The prompt and what follows it, as the indexer shows it of a checkpoint. Errors: those of `writeText`. */
  sample(request: WritingRequest): Promise<string>
  dispose(): Promise<void>
}

export interface LoadTools extends FoldTools {
  readonly log: StepLog
}

/**
 * Undefined when a step failed. Errors: the signal's reason.
 * @param round the last final one if not given; 0 is the genesis.
 */
export async function loadModel(
  of: { readonly run: bigint; readonly round?: bigint | undefined },
  evidence: Evidence,
  tools: LoadTools,
  signal: AbortSignal,
): Promise<Model | undefined> {
  const { log, cache } = tools
  const model = await load()
  log.skipWaiting('A step before has failed, and this one would rest on it')
  return model

  async function load(): Promise<Model | undefined> {
    const replayed = await replay(log, evidence, of.run, signal)
    if (replayed === undefined) return undefined
    const { state } = replayed.followed
    const read: ReadBlob = (query) => evidence.readBlob({ ...query, state, signal })
    const definition = await log.run('manifest', signal, (find) => checkManifest(find, replayed.params, read))
    if (definition === undefined) return undefined
    const scene = { state, definition, read, cache, signal }
    const folded = await log.run('fold', signal, (find) => checkFold(find, scene, of.round, tools))
    const tokenizer = await log.run('tokenizer', signal, async (find) => {
      const fetched = await fetchTokenizer(definition, read)
      find.says(`${definition.manifest.tokenizer.kind}, ${fetched.vocabSize} tokens`)
      return fetched
    })
    if (folded === undefined || tokenizer === undefined) return undefined
    const { model: config, programs, manifest } = definition
    const generator = await log.run('runtime', signal, () =>
      Generator.create({ program: programs.generate, config, device: 'cpu' }),
    )
    if (generator === undefined) return undefined
    const { vocabSize, context } = config
    const writer = { generator, tokenizer, parameters: toFloat(folded.state) }
    const { round, root } = folded
    const { length: parameters } = folded.state
    return {
      facts: { name: manifest.name, run: of.run, round, root, parameters, vocabSize, context },
      write: (request) => continueText({ ...writer, ...request }),
      sample: (request) => writeText({ ...writer, ...request }),
      dispose: () => generator.dispose(),
    }
  }
}
