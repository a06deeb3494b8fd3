// Recorded numbers in snapshots/: gas by group, and the sizes of deployed contracts. Compares and words; measures nothing.
// The files have Hardhat's own form, so that `hardhat test solidity --snapshot-check` reads them as well.

import type { Finding } from './check.ts'
import type { Tree } from './tree.ts'

/** Decimal numbers by name, by group; a group is a file. */
export type Snapshots = ReadonlyMap<string, Readonly<Record<string, string>>>

const PATH = /^snapshots\/([^/]+)\.json$/

export function recordedSnapshots(tree: Tree): Snapshots {
  return new Map(
    tree.files.flatMap((file) => {
      const group = PATH.exec(file)?.[1]
      return group === undefined ? [] : [[group, JSON.parse(tree.read(file)) as Record<string, string>] as const]
    }),
  )
}

export function snapshotPath(group: string): string {
  return `snapshots/${group}.json`
}

export function snapshotText(values: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`
}

/** Every number that is not as recorded, is not recorded, or is recorded and was not measured. */
export function snapshotFindings(recorded: Snapshots, measured: Snapshots): Finding[] {
  const groups = [...new Set([...recorded.keys(), ...measured.keys()])].sort()
  return groups.flatMap((group) => {
    const old = recorded.get(group) ?? {}
    const now = measured.get(group) ?? {}
    const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort()
    return names.flatMap((name) => {
      const message = difference(old[name], now[name])
      return message === undefined ? [] : [{ file: snapshotPath(group), message: `${name}: ${message}` }]
    })
  })
}

function difference(old: string | undefined, now: string | undefined): string | undefined {
  if (old === now) return undefined
  if (old === undefined) return `${now} is not recorded`
  if (now === undefined) return `${old} is recorded and was not measured`
  const change = BigInt(now) - BigInt(old)
  const percent = ((Number(change) / Number(old)) * 100).toFixed(2)
  return `${old} -> ${now} (${change > 0n ? '+' : ''}${change}, ${percent} %)`
}
