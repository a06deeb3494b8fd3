// The addresses of the pages, behind `#`: the one place that spells them.

import type { Hex } from '@tessera/protocol/hex'

export const paths = {
  runs: '/',
  run: '/run/:run',
  round: '/run/:run/round/:round',
  member: '/run/:run/:role/:operator',
  holder: '/holder/:address?',
  verify: '/verify',
  verifyPayout: '/verify/payout/:run/:epoch/:operator/:holder/:source',
  verifyCheckpoint: '/verify/checkpoint/:run/:round',
  model: '/model/:run?',
  modelText: '/model/:run/:text',
  status: '/status',
} as const

export const to = {
  runs: (): string => '/',
  run: (run: number): string => `/run/${run}`,
  round: (run: number, round: number): string => `/run/${run}/round/${round}`,
  member: (run: number, role: 'miner' | 'validator', operator: Hex): string => `/run/${run}/${role}/${operator}`,
  holder: (address?: Hex): string => (address === undefined ? '/holder' : `/holder/${address}`),
  verify: (): string => '/verify',
  /** @param holder `owner` for the part of the run's owner. */
  verifyPayout: (of: {
    readonly run: number
    readonly epoch: number
    readonly operator: Hex
    readonly holder: Hex | 'owner'
    readonly source: number
  }): string => `/verify/payout/${of.run}/${of.epoch}/${of.operator}/${of.holder}/${of.source}`,
  verifyCheckpoint: (run: number, round: number): string => `/verify/checkpoint/${run}/${round}`,
  model: (run?: number): string => (run === undefined ? '/model' : `/model/${run}`),
  /** @param text what a model is to write, by which checkpoints: model/choice.ts. */
  modelText: (run: number, text: string): string => `/model/${run}/${encodeURIComponent(text)}`,
  status: (): string => '/status',
}

/** A whole number as an address has it; undefined for anything else. */
export function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined
}
