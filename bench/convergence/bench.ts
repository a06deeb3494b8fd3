// npm run bench -- convergence: does the update rule lose anything against DiLoCo in full precision, and what do hostile peers cost?
// The table goes to the log and to the cache folder; with --full also the runs that the rule was chosen from.

import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { type BenchContext, type BenchResult, benchResult } from '../bench.ts'
import { Cache } from './cache.ts'
import { picture } from './picture.ts'
import { ATTACKS, NAMES, plan, type Row, selected } from './plan.ts'
import { runAll } from './queue.ts'
import { MODEL, type Setting, settingId } from './setting.ts'
import { meanOf, type Summary, summarize, tables } from './table.ts'
import { gatherText } from './text.ts'

/** How far above DiLoCo the chosen rule may end; and above itself with no one hostile, by the rule alone and with ratings. */
const DILOCO_LIMIT = 1.01
const ALONE_LIMIT = 1.08
const RATED_LIMIT = 1.03

export async function run(context: BenchContext): Promise<BenchResult[]> {
  const { cacheFolder, log, signal, full } = context
  const runs = join(cacheFolder, 'runs')
  if (!context.resume) await rm(runs, { recursive: true, force: true })
  await mkdir(runs, { recursive: true })
  const text = await textOf(join(runs, 'text.bin'), context.root)
  const { only } = context.args
  const rows = only === undefined ? plan().filter((row) => full || row.decisive) : selected(plan(), only)
  const settings = rows.flatMap(settingsOf)
  log(`${settings.length} runs of a model of width ${MODEL.dModel}; stop with Ctrl-C, go on with --resume`)
  const results = await runAll(settings, {
    cache: new Cache(runs),
    text,
    workers: context.args.threads,
    signal,
    onProgress: ({ done, total, setting, result }) =>
      log(`${done}/${total}  loss ${result.loss.toFixed(4)}  ${result.seconds.toFixed(0)} s  ${describe(setting)}`),
  })
  const summaries = rows.map((row) =>
    summarize(
      row,
      settingsOf(row).flatMap((setting) => results.get(settingId(setting)) ?? []),
    ),
  )
  await keep(cacheFolder, summaries, log)
  return judge(summaries)
}

/** The text of an earlier run if there is one: packages come and go, results stay comparable. */
async function textOf(path: string, root: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    const text = await gatherText(root)
    await writeFileAtomic(path, text)
    return text
  }
}

function settingsOf(row: Row): Setting[] {
  return Array.from({ length: row.seeds }, (_, index) => ({ ...row.setting, seed: index + 1 }))
}

async function keep(folder: string, summaries: readonly Summary[], log: (line: string) => void): Promise<void> {
  const table = tables(summaries)
  for (const line of table.split('\n')) log(line)
  const curves = [
    NAMES.dense(8),
    NAMES.diloco(8),
    NAMES.chosen(8),
    NAMES.attacked(8, 2, 'flip'),
    NAMES.rated(8, 2, 'flip'),
  ]
  const shown = curves.flatMap((label) => {
    const first = summaries.find(({ row }) => row.name === label)?.results[0]
    return first === undefined ? [] : [{ label, points: first.curve }]
  })
  await writeFileAtomic(join(folder, 'table.md'), `${table}\n`)
  await writeFileAtomic(join(folder, 'curves.svg'), picture(shown, 'Held-out loss by round, 8 peers, seed 1'))
  log(`kept as table.md and curves.svg in ${folder}`)
}

function judge(summaries: readonly Summary[]): BenchResult[] {
  const byName = new Map(summaries.map((summary) => [summary.row.name, summary]))
  const compare = (name: string, otherName: string, peer: string, limit: number): BenchResult[] => {
    const own = byName.get(name)
    const other = byName.get(otherName)
    // Not among those that were asked for.
    if (own === undefined || other === undefined) return []
    const seeds = Math.min(own.losses.length, other.losses.length)
    const [value, peerValue] = [meanOf(own, seeds), meanOf(other, seeds)]
    const target = `ratio <= ${limit}` as const
    return [benchResult({ metric: `held-out loss, ${name}`, value, unit: 'nats/byte', peer, peerValue, target })]
  }
  const [chosen, honest] = [NAMES.chosen(8), NAMES.honest]
  return [
    ...compare(chosen, NAMES.diloco(8), 'DiLoCo, full precision', DILOCO_LIMIT),
    ...ATTACKS.flatMap((attack) => compare(NAMES.attacked(8, 2, attack), chosen, 'eight honest', ALONE_LIMIT)),
    ...ATTACKS.flatMap((attack) => compare(NAMES.rated(8, 2, attack), honest, 'the six honest alone', RATED_LIMIT)),
  ]
}

function describe({ method, peers, seed, hostile, rated }: Setting): string {
  const who = hostile === undefined ? '' : `, ${hostile.count} hostile (${hostile.attack})`
  const how = method.kind === 'tessera' ? `${method.rule.kind}, rate ${method.rule.rate}` : method.kind
  return `${how}, ${peers} peers${who}${rated ? ', rated' : ''}, seed ${seed}`
}
