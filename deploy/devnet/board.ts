// What a person at the terminal sees of a running network: one line a round and one an epoch, and now and then a text that the
// model wrote. Collects the same for the report.

import { printable } from '@tessera/agent/printable'
import type { Hex } from '@tessera/protocol/hex'
import type { Role } from './accounts.ts'
import { type Report, tokens } from './report.ts'

/** A final or void round as the chain tells it. */
export interface BoardRound {
  readonly round: bigint
  readonly included: number
  readonly miners: number
  readonly root: Hex
  readonly final: boolean
  /** Wei claimed in all by now. */
  readonly paid: bigint
}

/** An epoch that is settled: wei of its pot that each group earned. */
export interface BoardEpoch {
  readonly epoch: bigint
  readonly pot: bigint
  readonly miners: bigint
  readonly validators: bigint
  readonly owner: bigint
}

const SAMPLE_CHARACTERS = 200
const SAMPLE_LINES = 12

export class Board {
  readonly #print: (line: string) => void
  readonly #now: () => number
  readonly #rounds: Report['rounds'] = []
  readonly #replicas: Report['replicas'] = []
  readonly #losses = new Map<bigint, number>()
  readonly #waiting = new Map<bigint, BoardRound & { readonly seconds: number }>()
  #lastRoundAt: number

  constructor(options: { print: (line: string) => void; now: () => number }) {
    this.#print = options.print
    this.#now = options.now
    this.#lastRoundAt = options.now()
  }

  get rounds(): Report['rounds'] {
    return this.#rounds
  }

  get replicas(): Report['replicas'] {
    return this.#replicas
  }

  /** A round is over. Its line waits for the loss, which a validator measures on the new state. */
  finished(round: BoardRound): void {
    const seconds = (this.#now() - this.#lastRoundAt) / 1_000
    this.#lastRoundAt = this.#now()
    if (!round.final)
      this.#print(
        `round ${pad(round.round)}  void                                            ${seconds.toFixed(1).padStart(6)} s`,
      )
    else this.#waiting.set(round.round, { ...round, seconds })
    this.#flush()
  }

  /** An epoch is settled, and everyone can claim. */
  settled({ epoch, pot, miners, validators, owner }: BoardEpoch): void {
    const earned = miners + validators + owner
    this.#print(
      `epoch ${pad(epoch)}  earned ${tokens(earned)} of ${tokens(pot)} TSRA: ` +
        `miners ${tokens(miners)}  validators ${tokens(validators)}  owner ${tokens(owner)}`,
    )
  }

  /** A node's log line; what is not about states and samples is for the log file only. */
  record(member: { operator: Hex; role: Role }, record: Readonly<Record<string, unknown>>): void {
    const round = Number(record.round)
    if (record.event === 'state' && typeof record.root === 'string') {
      this.#replicas.push({ ...member, round, root: record.root as Hex })
      if (typeof record.evalLoss === 'number') this.#losses.set(BigInt(round), record.evalLoss)
      this.#flush()
    } else if (record.event === 'sample' && Array.isArray(record.lines)) {
      this.#print(`\n  the model writes, after round ${round}:\n${indent(record.lines)}\n`)
    }
  }

  #flush(): void {
    for (const [id, round] of this.#waiting) {
      const loss = this.#losses.get(id)
      if (loss === undefined) continue
      this.#waiting.delete(id)
      this.#rounds.push({
        round: Number(id),
        included: round.included,
        root: round.root,
        evalLoss: loss,
        seconds: round.seconds,
      })
      this.#print(
        `round ${pad(id)}  loss ${loss.toFixed(4)}  included ${round.included}/${round.miners}  root ${round.root.slice(0, 10)}…  ` +
          `paid ${tokens(round.paid).padStart(8)} TSRA  ${round.seconds.toFixed(1).padStart(6)} s`,
      )
    }
  }
}

function pad(round: bigint): string {
  return String(round).padStart(4)
}

/** The model's text may hold anything, terminal escapes too. */
function indent(lines: readonly unknown[]): string {
  return lines
    .slice(0, SAMPLE_LINES)
    .map((line) => `  | ${printable(String(line), SAMPLE_CHARACTERS)}`)
    .join('\n')
}
