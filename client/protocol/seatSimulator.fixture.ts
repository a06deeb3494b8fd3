// The members of the simulated run: who sits where, who leaves, who follows. Keeps its own books, apart from RunState. @testonly

import type { Role, RunParams } from './events.ts'
import type { Hex } from './hex.ts'
import { type Epoch, type EventLog, known, type Seat } from './simulatedRun.fixture.ts'

/** What members have to know of the run. */
export interface RunClock {
  readonly round: bigint
  readonly epochs: readonly Epoch[]
  readonly phase: string
}

const NUMBERS = { miner: 0, validator: 1 } as const

export interface Past {
  readonly role: Role
  readonly operator: Hex
  readonly slot: number
  readonly stake: bigint
  readonly from: bigint
  /** The first epoch in which it was over. */
  end: bigint | null
  punished: boolean
}

export class SeatSimulator {
  readonly miner = new Map<number, Seat>()
  readonly validator = new Map<number, Seat>()
  readonly heirs = new Map<number, Hex>()
  readonly delegates = new Map<Hex, Hex>()
  /** All memberships that there ever were, in order. */
  readonly pasts: Past[] = []
  readonly #protection = new Map<Hex, bigint>()
  readonly #replacements: bigint[] = []
  readonly #log: EventLog
  readonly #params: RunParams
  readonly #run: RunClock

  constructor(log: EventLog, params: RunParams, run: RunClock) {
    this.#log = log
    this.#params = params
    this.#run = run
  }

  at(role: Role, slot: number): Seat {
    return known(this[role].get(slot))
  }

  staying(role: Role): number[] {
    return [...this[role]].flatMap(([slot, { leaving }]) => (leaving ? [] : [slot])).sort((a, b) => a - b)
  }

  /** As the contract has it: from when it came and when it left. */
  activeRounds(epoch: Epoch, role: Role, slot: number): number {
    const { activeFrom, lastRound } = this.at(role, slot)
    const first = activeFrom > epoch.firstRound ? activeFrom : epoch.firstRound
    const last = lastRound !== null && lastRound < epoch.lastRound ? lastRound : epoch.lastRound
    return Number(last - first) + 1
  }

  /** Of validators, together. */
  weightOf(slots: Iterable<number>): bigint {
    let sum = 0n
    for (const slot of slots) sum += this.validator.get(slot)?.weight ?? 0n
    return sum
  }

  get #firstEpoch(): bigint {
    const last = this.#run.epochs.at(-1)
    return last?.phase === 'Open' ? last.id : BigInt(this.#run.epochs.length + 1)
  }

  /** The membership of an operator that an epoch is of, if it can still be punished for it. */
  punishable(past: Past, epoch: bigint): boolean {
    const same = this.pasts.filter(
      ({ role, operator, from }) => role === past.role && operator === past.operator && from <= epoch,
    )
    return same.at(-1) === past && !past.punished && (past.end === null || past.end > epoch)
  }

  get suffice(): boolean {
    const { minMiners, minValidators } = this.#params
    return this.staying('miner').length >= minMiners && this.staying('validator').length >= minValidators
  }

  join(role: Role, operator: Hex, stake?: bigint): number {
    let slot = 0
    while (this[role].has(slot)) slot++
    this.#seat(role, slot, operator, stake ?? this.#params[role === 'miner' ? 'minerStake' : 'validatorStake'])
    return slot
  }

  #seat(role: Role, slot: number, operator: Hex, stake: bigint): void {
    const { validatorWeightCap: cap, protectionEpochs } = this.#params
    const weight = role === 'miner' ? 0n : stake > cap ? cap : stake
    const activeFrom = this.#run.round + 1n
    const firstEpoch = this.#firstEpoch
    this.pasts.push({ role, operator, slot, stake, from: firstEpoch, end: null, punished: false })
    let protectedUntil = 0n
    if (role === 'miner') {
      protectedUntil = this.#protection.get(operator) ?? firstEpoch + BigInt(protectionEpochs)
      this.#protection.set(operator, protectedUntil)
    }
    const key = this.#keyOf(operator)
    const open = { leaving: false, lastRound: null, lastEpoch: 0n, key }
    this[role].set(slot, { operator, weight, stake, activeFrom, firstEpoch, protectedUntil, ...open })
    this.#log.emit({ name: 'MemberJoined', operator, role: NUMBERS[role], slot, activeFrom, stake, weight })
    this.#log.emit({ name: 'KeySet', role: NUMBERS[role], slot, key })
  }

  #keyOf(operator: Hex): Hex {
    return this.delegates.get(operator) ?? operator
  }

  /** As by `syncKey`, or by an action of another account of the operator. */
  setKey(role: Role, slot: number, key = this.#keyOf(this.at(role, slot).operator)): void {
    this.at(role, slot).key = key
    this.#log.emit({ name: 'KeySet', role: NUMBERS[role], slot, key })
  }

  leave(role: Role, slot: number): void {
    const seat = this.at(role, slot)
    const { round, epochs } = this.#run
    seat.leaving = true
    seat.lastRound = round
    seat.lastEpoch = seat.activeFrom <= round ? BigInt(epochs.length) : 0n
    const { operator, lastEpoch } = seat
    this.#log.emit({ name: 'MemberLeaving', operator, role: NUMBERS[role], slot, lastEpoch })
  }

  /** By a court, for what was done in a past of this operator; true if that may be. It takes all, or what is given. */
  punish(role: Role, of: Past, epoch: bigint, share = of.stake): void {
    const { operator, slot } = of
    of.punished = true
    const { round, phase, epochs } = this.#run
    const seat = this[role].get(slot)
    const sits = of.end === null && seat !== undefined
    if (sits && !seat.leaving) this.leave(role, slot)
    const reporter = operator
    this.#log.emit({ name: 'MemberPunished', operator, role: NUMBERS[role], slot, epoch, taken: share, reporter })
    if (!sits) return
    seat.stake -= share
    if (phase === 'Idle' || phase === 'Ended' || seat.lastRound !== round || seat.activeFrom > round) return
    seat.lastRound = round - 1n
    const open = known(epochs.at(-1))
    if (role === 'miner' && this.activeBefore(open, seat) === 0) open.miners ^= 1n << BigInt(slot)
  }

  /** Rounds of the open epoch in which a seat was active, without the open one. */
  activeBefore({ firstRound }: Epoch, { activeFrom }: Seat): number {
    return Number(this.#run.round - (activeFrom > firstRound ? activeFrom : firstRound))
  }

  isReleasable(role: Role, slot: number): boolean {
    const { leaving, lastEpoch } = this.at(role, slot)
    return leaving && this.#run.epochs.slice(0, Number(lastEpoch)).every(({ phase }) => phase === 'Settled')
  }

  release(role: Role, slot: number): void {
    const { operator } = this.at(role, slot)
    this[role].delete(slot)
    for (const past of this.pasts) if (past.role === role && past.operator === operator) past.end ??= this.#firstEpoch
    this.#log.emit({ name: 'MemberReleased', operator, role: NUMBERS[role], slot })
    const heir = role === 'miner' ? this.heirs.get(slot) : undefined
    if (heir === undefined) return
    if (this.#run.phase === 'Ended') this.#releaseHeir(slot)
    else {
      this.heirs.delete(slot)
      this.#seat('miner', slot, heir, this.#params.minerStake)
    }
  }

  #releaseHeir(slot: number): void {
    const operator = known(this.heirs.get(slot))
    this.heirs.delete(slot)
    this.#log.emit({ name: 'HeirReleased', operator, slot })
  }

  /** The slots that `replaceMiner` accepts now. */
  get replaceable(): number[] {
    const { epochs, phase } = this.#run
    const { maxMiners } = this.#params
    const present = BigInt(epochs.length)
    const now = this.#replacements.filter((epoch) => epoch === present).length
    if (phase === 'Ended' || this.miner.size < maxMiners || now * 8 >= maxMiners) return []
    const candidates = this.staying('miner').filter((slot) => this.at('miner', slot).protectedUntil <= present)
    const least = candidates.reduce((min, slot) => (this.use(slot) < min ? this.use(slot) : min), 2n ** 64n)
    return candidates.filter((slot) => this.use(slot) === least)
  }

  /** Sum of ranks in the last four settled epochs of the last eight. */
  use(slot: number): bigint {
    const settled = this.#run.epochs.slice(-8).filter(({ phase }) => phase === 'Settled')
    const own = settled.slice(-4).filter(({ id }) => id >= this.at('miner', slot).firstEpoch)
    return own.reduce((sum, { ranks }) => sum + (ranks[slot] ?? 0n), 0n)
  }

  replace(slot: number, operator: Hex): void {
    this.#replacements.push(BigInt(this.#run.epochs.length))
    this.leave('miner', slot)
    this.heirs.set(slot, operator)
    this.#log.emit({ name: 'HeirNamed', operator, slot, stake: this.#params.minerStake })
  }
}
