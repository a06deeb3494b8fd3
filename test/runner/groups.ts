// Which tests there are: the groups that `npm test` runs, in order, and the files of each. Runs nothing.

export interface Group {
  readonly name: string
  /** Path prefixes of its tests. */
  readonly folders: readonly string[]
  /** How the names of its files end. */
  readonly suffix: '.test.ts' | '.t.sol'
  /** Test files at a time. The end-to-end tests start whole networks, but of a small model: they mostly wait for blocks. */
  readonly concurrency: number
  /** Milliseconds after which a single test file has failed. */
  readonly timeoutMs: number
}

const MINUTE = 60_000
const unit = { suffix: '.test.ts', concurrency: 2, timeoutMs: 10 * MINUTE } as const

export const groups: readonly Group[] = [
  { ...unit, name: 'solidity', folders: ['test/solidity/'], suffix: '.t.sol' },
  { ...unit, name: 'client', folders: ['client/'] },
  { ...unit, name: 'miner', folders: ['miner/'] },
  { ...unit, name: 'validator', folders: ['validator/'] },
  { ...unit, name: 'deploy', folders: ['deploy/'] },
  {
    ...unit,
    name: 'checks',
    folders: [
      'test/checks/',
      'test/runner/',
      'test/vectors/',
      'test/slither/',
      'test/coverage/',
      'test/medusa/',
      'bench/',
    ],
  },
  { ...unit, name: 'integration', folders: ['test/integration/', 'test/sim/'] },
  { ...unit, name: 'e2e', folders: ['test/e2e/'], timeoutMs: 30 * MINUTE },
]

export interface PlannedGroup {
  readonly group: Group
  readonly files: readonly string[]
}

/** The plan, or what is wrong with the selection or the tree. */
export type Plan = { readonly groups: readonly PlannedGroup[] } | { readonly problem: string }

/**
 * Sorts the test files into groups. A file in no group would never run, so it is a problem. A group without files is planned all
 * the same when it was asked for: to pass by doing nothing would be no pass.
 * @param files Paths from the root, with '/'.
 * @param selection Names of groups, or folders and files below them; empty for everything.
 */
export function planTests(files: readonly string[], selection: readonly string[]): Plan {
  const wanted = selection.map((name) => name.replaceAll('\\', '/').replace(/^\.\/|\/$/g, ''))
  const lost = files.filter((file) => !groups.some((group) => owns(group, file)))
  if (lost.length > 0) return { problem: `no group runs ${lost.join(', ')}` }
  const unknown = wanted.find(
    (name) => !groups.some((group) => group.name === name) && !files.some((file) => isWithin(file, name)),
  )
  if (unknown !== undefined)
    return { problem: `no test is named ${unknown}; groups: ${groups.map((group) => group.name).join(', ')}` }
  const planned = groups.flatMap((group) => {
    const own = files.filter((file) => owns(group, file))
    if (wanted.length === 0 || wanted.includes(group.name)) return [{ group, files: own }]
    const chosen = own.filter((file) => wanted.some((name) => isWithin(file, name)))
    return chosen.length === 0 ? [] : [{ group, files: chosen }]
  })
  return { groups: planned }
}

function owns(group: Group, file: string): boolean {
  return file.endsWith(group.suffix) && group.folders.some((folder) => file.startsWith(folder))
}

function isWithin(file: string, name: string): boolean {
  return file === name || file.startsWith(`${name}/`)
}
