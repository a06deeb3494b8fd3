// The reward escrow of the simulated run. It pays sponsorships out of what is left of them, epoch by epoch, where the contract and
// sponsorship.ts have a formula. @testonly

import type { RunParams } from './events.ts'
import type { Hex } from './hex.ts'
import { type EventLog, known, OWNER } from './simulatedRun.fixture.ts'
import { ZERO_ADDRESS } from './tags.ts'

interface Sponsored {
  readonly token: Hex
  readonly sponsor: Hex
  readonly first: number
  readonly rate: bigint
  /** What no opened epoch holds. */
  left: bigint
  /** By epochs from the first on. */
  readonly pots: bigint[]
  /** Epochs whose unearned part went back. */
  returned: number
}

/** By epoch from 1. */
interface Settled {
  readonly totalShare: bigint
  readonly ownerShare: bigint
  readonly shares: ReadonlyMap<Hex, bigint>
}

export class EscrowSimulator {
  granted = 0n
  /** Wei of the grant that each epoch holds, from epoch 1. */
  readonly grants: bigint[] = []
  /** By source, from 1. */
  readonly sponsorships: Sponsored[] = []
  readonly settled = new Map<number, Settled>()
  /** Source, operator, holder and epoch of what was claimed. */
  readonly claims = new Map<string, bigint>()
  readonly #log: EventLog
  readonly #params: RunParams

  constructor(log: EventLog, params: RunParams) {
    this.#log = log
    this.#params = params
  }

  grant(amount: bigint): void {
    this.granted += amount
    this.#log.emit({ name: 'Granted', from: OWNER, amount })
  }

  sponsor(token: Hex, amount: bigint, perEpoch: bigint): bigint {
    const first = this.grants.length + 1
    this.sponsorships.push({ token, sponsor: OWNER, first, rate: perEpoch, left: amount, pots: [], returned: 0 })
    const source = BigInt(this.sponsorships.length)
    this.#log.emit({ name: 'Sponsored', sponsor: OWNER, source, token, amount, perEpoch, firstEpoch: BigInt(first) })
    return source
  }

  at(source: bigint): Sponsored {
    return known(this.sponsorships[Number(source) - 1])
  }

  isSpent(source: bigint): boolean {
    const { pots, rate } = this.at(source)
    return pots.some((pot) => pot < rate)
  }

  raise(source: bigint, amount: bigint): void {
    this.at(source).left += amount
    this.#log.emit({ name: 'SponsorshipRaised', source, amount })
  }

  withdraw(source: bigint, amount: bigint): void {
    this.at(source).left -= amount
    this.#log.emit({ name: 'SponsorshipWithdrawn', source, to: OWNER, amount })
  }

  /** Takes back what settled epochs did not earn, up to the first that is not settled or has no pot. */
  reclaim(source: bigint): bigint {
    const entry = this.at(source)
    let amount = 0n
    for (;;) {
      const epoch = entry.first + entry.returned
      const pot = entry.pots[entry.returned]
      const settled = this.settled.get(epoch)
      if (settled === undefined || pot === undefined || pot === 0n) break
      amount += pot - part(pot, settled.totalShare)
      entry.returned++
    }
    const nextEpoch = BigInt(entry.first + entry.returned)
    this.#log.emit({ name: 'SponsorshipReturned', source, to: OWNER, nextEpoch, amount })
    return amount
  }

  /** What the next epoch would have of a source. */
  nextPot(source: bigint): bigint {
    if (source === 0n) return this.granted < this.#params.epochPot ? this.granted : this.#params.epochPot
    const { rate, left } = this.at(source)
    return left < rate ? left : rate
  }

  openEpoch(epoch: bigint): void {
    const grant = this.nextPot(0n)
    this.granted -= grant
    this.grants.push(grant)
    let sponsorships = 0n
    for (const [i, entry] of this.sponsorships.entries()) {
      const pot = this.nextPot(BigInt(i + 1))
      entry.left -= pot
      entry.pots.push(pot)
      if (pot > 0n) sponsorships++
    }
    this.#log.emit({ name: 'PotsOpened', epoch, grant, sponsorships })
  }

  settleEpoch(epoch: bigint, settled: Settled): void {
    this.settled.set(Number(epoch), settled)
    const grant = this.potOf(0n, epoch)
    const returned = grant - part(grant, settled.totalShare)
    this.granted += returned
    this.#log.emit({ name: 'PotsSettled', epoch, totalShare: settled.totalShare, returned })
  }

  potOf(source: bigint, epoch: bigint): bigint {
    if (source === 0n) return this.grants[Number(epoch) - 1] ?? 0n
    const { pots, first } = this.at(source)
    return pots[Number(epoch) - first] ?? 0n
  }

  /** What an operator's pool, or the owner, has earned. */
  due(source: bigint, epoch: bigint, operator: Hex, asOwner = false): bigint {
    const settled = this.settled.get(Number(epoch))
    const share = asOwner ? (operator === OWNER ? settled?.ownerShare : 0n) : settled?.shares.get(operator)
    return part(this.potOf(source, epoch), share ?? 0n)
  }

  /** Pays a holder its part of what the operator's pool earned; the zero address: all that the owner earned. */
  claim(source: bigint, epoch: bigint, operator: Hex, holder: Hex, percent = 100n): bigint {
    const key = `${source}/${operator}/${holder}/${epoch}`
    const amount = (this.due(source, epoch, operator, holder === ZERO_ADDRESS) * percent) / 100n
    if (amount === 0n || this.claims.has(key)) return 0n
    this.claims.set(key, amount)
    this.#log.emit({ name: 'Claimed', operator, holder, source, epoch, amount })
    return amount
  }
}

function part(pot: bigint, share: bigint): bigint {
  return (pot * share) / 2n ** 64n
}
