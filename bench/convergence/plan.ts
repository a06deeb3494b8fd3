// Which runs make the comparison: rows of the table, in the order in which they are worth having. Peers and rounds are such that every
// run sees the same number of tokens. The rule and DiLoCo have the learning rates that were best for them in the search, of three or
// four; the dense run has that of the rule.

import { type Attack, type Method, type Overlap, type Rule, type Setting, STEPS } from './setting.ts'

export interface Row {
  readonly section: string
  readonly name: string
  /** The row that this one's loss is compared with, over the seeds that both have. */
  readonly against?: string
  /** All but the seed. */
  readonly setting: Omit<Setting, 'seed'>
  readonly seeds: number
  /** Part of the short form. */
  readonly decisive: boolean
}

/** Of these, the rows whose section or name has `part`, and those that they are compared with. */
export function selected(rows: readonly Row[], part: string): Row[] {
  const wanted = rows.filter(({ section, name }) => `${section}\n${name}`.toLowerCase().includes(part.toLowerCase()))
  const names = new Set(wanted.flatMap(({ name, against }) => [name, ...(against === undefined ? [] : [against])]))
  return rows.filter(({ name }) => names.has(name))
}

/** Rounds times peers. */
const PEER_ROUNDS = 480
const SPARSE_RATE = 4e-3
const DENSE_RATE = 4e-3
const DILOCO_RATE = 2e-3

/** As the preset of the local network has it. */
const CHOSEN: Rule = { kind: 'protocol', clip: 1, rate: 1.5, feedback: 0.95 }
/** The best of outer rate and momentum 1 and 0, 0.7 and 0.5, 0.7 and 0.9 from fresh parameters at this length. */
const DILOCO: Method = { kind: 'diloco', outerRate: 1, momentum: 0 }
/** As published (Douillard et al. 2023). */
const PUBLISHED: Method = { kind: 'diloco', outerRate: 0.7, momentum: 0.9 }

const OVERLAP = 'Overlapped rounds, no one hostile'
const HOSTILE = 'Hostile peers, everyone included'

export const ATTACKS: readonly Attack[] = ['flip', 'scaled', 'scaledFlip', 'lone', 'pair', 'noise']

export const NAMES = {
  dense: (peers: number) => `dense AdamW, ${peers} peers`,
  diloco: (peers: number) => `DiLoCo, ${peers} peers`,
  chosen: (peers: number) => `the rule, ${peers} peers`,
  warmDiloco: 'DiLoCo as published, warm start, 8 peers',
  warmChosen: 'the rule, warm start, 8 peers',
  /** Those of eight that are not hostile. */
  honest: 'the rule, 6 peers for as many rounds',
  attacked: (peers: number, count: number, attack: Attack) => `${count} of ${peers} hostile: ${attack}`,
  rated: (peers: number, count: number, attack: Attack) => `${count} of ${peers} hostile: ${attack}; rated`,
} as const

export function plan(): Row[] {
  return [
    ...methods(8, 3),
    honest(),
    ...attacks(),
    ...overlapped(),
    ...warm(),
    ...without(),
    ...methods(4, 2),
    ...methods(16, 2),
    ...few(),
  ]
}

function setting(peers: number, method: Method, learningRate: number, more: Partial<Setting> = {}): Row['setting'] {
  return { method, peers, rounds: PEER_ROUNDS / peers, learningRate, ...more }
}

function chosen(peers: number, more: Partial<Setting> = {}): Row['setting'] {
  return setting(peers, { kind: 'tessera', rule: CHOSEN }, SPARSE_RATE, more)
}

function methods(peers: number, seeds: number): Row[] {
  const against = NAMES.diloco(peers)
  const common = { section: 'Methods, no one hostile', seeds, decisive: peers === 8 }
  return [
    { ...common, name: against, setting: setting(peers, DILOCO, DILOCO_RATE) },
    { ...common, name: NAMES.chosen(peers), against, setting: chosen(peers) },
    { ...common, name: NAMES.dense(peers), against, setting: setting(peers, { kind: 'dense' }, DENSE_RATE) },
  ]
}

/** After dense steps that all have in common: how DiLoCo was published. */
function warm(): Row[] {
  const common = { section: 'Methods from a warm start', seeds: 2, decisive: false }
  const against = NAMES.warmDiloco
  return [
    { ...common, name: against, setting: setting(8, PUBLISHED, DILOCO_RATE, { warm: true }) },
    { ...common, name: NAMES.warmChosen, against, setting: chosen(8, { warm: true, learningRate: DILOCO_RATE }) },
  ]
}

/** What a step of the rule is for. */
function without(): Row[] {
  const count: Rule = { ...CHOSEN, kind: 'count', rate: 0.5 }
  const plain = 'mean of those that sent it, 8 peers'
  const common = { section: 'Without the steps against hostile peers', seeds: 2, decisive: false }
  const method: Method = { kind: 'tessera', rule: count }
  return [
    { ...common, name: plain, against: NAMES.chosen(8), setting: setting(8, method, SPARSE_RATE) },
    ...(['flip', 'lone'] as const).map(
      (attack): Row => ({
        ...common,
        name: `the same, 2 of 8 hostile: ${attack}`,
        against: plain,
        setting: setting(8, method, SPARSE_RATE, { hostile: { count: 2, attack } }),
      }),
    ),
  ]
}

/** Rounds that are trained while the one before is decided: section 7 of contracts/README.md. */
function overlapped(): Row[] {
  const arrival = STEPS / 3
  const bare = { start: 'bare', scale: 0 } as const
  const sent = { start: 'sent', scale: 1 } as const
  const starts: readonly (readonly [string, Overlap, number])[] = [
    ['eager, the newer state after a third, outer rate 1.0', { ...sent, arrival }, 1],
    ['eager, the newer state after a third, outer rate 0.75', { ...sent, arrival }, 0.75],
    ['eager, the newer state after a third', { ...sent, arrival }, 1.5],
    ['eager, the newer state after half, outer rate 1.0', { ...sent, arrival: Math.ceil(STEPS / 2) }, 1],
    ['eager, the newer state never, outer rate 0.75', sent, 0.75],
    ['eager, the newer state never', sent, 1.5],
    ['half as eager, the newer state never', { ...sent, scale: 0.5 }, 1.5],
    ['from the whole own update, the newer state never', { start: 'update', scale: 1 }, 1.5],
    ['from the settled state, the newer state after a third, outer rate 0.75', { ...bare, arrival }, 0.75],
    ['from the settled state, the newer state after a third', { ...bare, arrival }, 1.5],
    ['from the settled state, the newer state never', bare, 1.5],
  ]
  const common = { section: OVERLAP, against: NAMES.chosen(8), seeds: 1, decisive: false }
  const slow: Method = { kind: 'tessera', rule: { ...CHOSEN, rate: 0.75 } }
  const control: Row = { ...common, name: 'one after the other, outer rate 0.75', setting: chosen(8, { method: slow }) }
  const rows = starts.map(([name, overlap, rate]): Row => {
    const method: Method = { kind: 'tessera', rule: { ...CHOSEN, rate } }
    return { ...common, name: `overlapped, ${name}`, setting: chosen(8, { method, overlap }) }
  })
  return [control, ...rows]
}

/** What is left when two of eight are not there. */
function honest(): Row {
  const own = { ...chosen(8), peers: 6 }
  return { section: HOSTILE, name: NAMES.honest, against: NAMES.chosen(8), setting: own, seeds: 2, decisive: true }
}

function attacks(): Row[] {
  const common = { against: NAMES.honest, seeds: 2, decisive: true }
  const of = (attack: Attack): Row['setting'] => chosen(8, { hostile: { count: 2, attack } })
  return [
    ...ATTACKS.map(
      (attack): Row => ({ ...common, section: HOSTILE, name: NAMES.attacked(8, 2, attack), setting: of(attack) }),
    ),
    ...ATTACKS.map(
      (attack): Row => ({
        ...common,
        section: 'Hostile peers, ratings choose whom to include',
        name: NAMES.rated(8, 2, attack),
        setting: { ...of(attack), rated: true },
      }),
    ),
  ]
}

/** A tenth and a quarter of sixteen, by the rule alone. */
function few(): Row[] {
  return [2, 4].flatMap((count) =>
    (['flip', 'lone'] as const).map(
      (attack): Row => ({
        section: 'Hostile peers among sixteen, everyone included',
        name: NAMES.attacked(16, count, attack),
        against: NAMES.chosen(16),
        setting: chosen(16, { hostile: { count, attack } }),
        seeds: 1,
        decisive: false,
      }),
    ),
  )
}
