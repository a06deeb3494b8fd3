// How busy this machine's cores were between two looks, whoever it was: a busy machine is measured instead of a network. Linux only.

import { readFileSync } from 'node:fs'

export interface CpuLook {
  readonly busy: number
  readonly all: number
}

export function lookAtCpu(): CpuLook {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1)
  // user, nice, system, idle, iowait, irq, softirq, steal; guest time is part of user time.
  const times = first.split(/\s+/).slice(1, 9).map(Number)
  const all = times.reduce((sum, time) => sum + time, 0)
  return { all, busy: all - (times[3] ?? 0) - (times[4] ?? 0) }
}

/** Share of all cores' time, 0 to 1. */
export function shareBetween(before: CpuLook, after: CpuLook): number {
  return (after.busy - before.busy) / Math.max(1, after.all - before.all)
}
