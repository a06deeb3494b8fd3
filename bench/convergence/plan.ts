// Which runs make the comparison: rows of the table, in the order in which they are worth having. Every row is run with several seeds;
// peers, rounds and samples are such that every run sees the same number of tokens.

import type { Attack, Method, Rule, Setting } from './setting.ts'

export interface Row {
  readonly section: string
  readonly name: string
  /** The row that this one's loss is compared with. */
  readonly against?: string
  /** All but the seed. */
  readonly setting: Omit<Setting, 'seed'>
  readonly seeds: number
  /** Part of the short form. */
  readonly decisive: boolean
}

/** Rounds times peers. */
const PEER_ROUNDS = 480
/** Best of 1e-3, 2e-3 and 4e-3 for DiLoCo, and used for all. */
const LEARNING_RATE = 2e-3

/** The protocol's rule, as the preset of the local network has it. */
const CHOSEN: Rule = { divisor: 'all', clip: 1, rate: 4, feedback: 0.95 }
/** As published (Douillard et al. 2023). */
const DILOCO: Method = { kind: 'diloco', outerRate: 0.7, momentum: 0.9 }

export const ATTACKS: readonly Attack[] = ['flip', 'scaled', 'scaledFlip', 'lone', 'pair', 'noise']

const PEERS = [8, 4, 16] as const

export const NAMES = {
  dense: (peers: number) => `dense AdamW, ${peers} peers`,
  diloco: (peers: number) => `DiLoCo, ${peers} peers`,
  chosen: (peers: number) => `chosen rule, ${peers} peers`,
  attacked: (peers: number, count: number, attack: Attack) => `${count} of ${peers} hostile: ${attack}`,
  rated: (peers: number, count: number, attack: Attack) => `${count} of ${peers} hostile: ${attack}; rated`,
} as const

export function plan(): Row[] {
  return [...PEERS.flatMap(methods), ...candidates(), ...PEERS.flatMap(attacks)]
}

function row(peers: number, method: Method, more: Partial<Setting> = {}): Row['setting'] {
  return { method, peers, rounds: PEER_ROUNDS / peers, learningRate: LEARNING_RATE, ...more }
}

function methods(peers: number): Row[] {
  const against = NAMES.diloco(peers)
  const common = { section: 'Methods, no one hostile', seeds: 3, decisive: peers === 8 }
  return [
    { ...common, name: against, setting: row(peers, DILOCO) },
    { ...common, name: NAMES.chosen(peers), against, setting: row(peers, { kind: 'tessera', rule: CHOSEN }) },
    { ...common, name: NAMES.dense(peers), against, setting: row(peers, { kind: 'dense' }) },
    {
      ...common,
      name: `mean of updates, ${peers} peers`,
      against,
      setting: row(peers, { kind: 'diloco', outerRate: 1, momentum: 0 }),
    },
  ]
}

function candidates(): Row[] {
  const one = (name: string, rule: Rule): Row => ({
    section: 'Candidate rules, 8 peers, no one hostile',
    name,
    against: NAMES.chosen(8),
    setting: row(8, { kind: 'tessera', rule }),
    seeds: 2,
    decisive: false,
  })
  return [one('divisor: peers that sent it, rate 1', { ...CHOSEN, divisor: 'present', rate: 1 })]
}

function attacks(peers: number): Row[] {
  const quarter = peers / 4
  const tenth = Math.max(1, Math.round(peers / 10))
  const counts = peers === 4 ? [quarter] : [quarter, tenth]
  const method: Method = { kind: 'tessera', rule: CHOSEN }
  return counts.flatMap((count) =>
    ATTACKS.flatMap((attack) => {
      const setting = row(peers, method, { hostile: { count, attack } })
      const common = { against: NAMES.chosen(peers), seeds: 2, decisive: peers === 8 && count === quarter }
      return [
        { ...common, section: `Hostile peers, everyone included`, name: NAMES.attacked(peers, count, attack), setting },
        {
          ...common,
          section: `Hostile peers, validators choose`,
          name: NAMES.rated(peers, count, attack),
          setting: { ...setting, rated: true as const },
        },
      ]
    }),
  )
}
