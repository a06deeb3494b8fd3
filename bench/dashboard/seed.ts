// A long run, made up and told event by event to the indexer's own fold, which writes its facts: 6,190 rounds with 20 miners take
// about a minute. Only the stored logs are left out, since nothing is followed afterwards.

import type { Deployment } from '@tessera/chain/addresses'
import { observerBook } from '@tessera/indexer/database/observerBook'
import type { Database } from '@tessera/indexer/database/open'
import type { Fact } from '@tessera/indexer/ingest/facts'
import { emptyLedger, foldLedger } from '@tessera/indexer/ingest/foldLedger'
import type { Ledger } from '@tessera/indexer/ingest/ledger'
import { insertFacts } from '@tessera/indexer/ingest/store'
import { playReveals, playScores, playVotes } from '@tessera/protocol/plays.fixture'
import { RunSimulator } from '@tessera/protocol/runSimulator.fixture'
import { addressOf, ETHER, hashOf } from '@tessera/protocol/simulatedRun.fixture'

export interface SeedSize {
  readonly rounds: number
  readonly miners: number
  readonly validators: number
}

export interface Seeded {
  readonly ledger: Ledger
  /** Number of the run. */
  readonly run: number
  /** Of the last event, unix seconds. */
  readonly at: number
}

const ROUNDS_PER_EPOCH = 10
const SECONDS_PER_ROUND = 1_200
const FIRST_SECOND = 1_780_000_000
/** Rounds whose facts go to the database at once. */
const BATCH = 200

export async function seedRun(
  database: Pick<Database, 'db'>,
  deployment: Deployment,
  size: SeedSize,
  onProgress: (rounds: number) => void,
): Promise<Seeded> {
  const simulator = staffed(size)
  const book = observerBook(database.db)
  let ledger = emptyLedger(deployment)
  let events = 0
  let at = FIRST_SECOND
  let facts: Fact[] = []
  const fold = (round: number): void => {
    for (const event of simulator.events.slice(events)) {
      at = FIRST_SECOND + round * SECONDS_PER_ROUND + (events % SECONDS_PER_ROUND)
      const where = { block: ++events, at, tx: hashOf(`tx/${events}`), gas: 40_000 }
      const folded = foldLedger(ledger, event, where)
      ledger = folded.ledger
      facts.push(...folded.facts)
    }
  }
  const store = async (): Promise<void> => {
    const put = facts
    facts = []
    await database.db.transaction().execute((transaction) => insertFacts(transaction, put))
  }
  let epoch = 0n
  for (let round = 1; round <= size.rounds; round++) {
    playSomeRound(simulator, round)
    if (round % ROUNDS_PER_EPOCH === 0)
      playScores(simulator, ++epoch, (miner) => (miner === 3 ? 0 : 20_000 + 1_500 * miner))
    fold(round)
    await book.putCheckpoint(
      simulator.events.length > 0 ? ledgerRun(ledger).state.run : 0n,
      simulator.root,
      observed(round),
    )
    if (round % BATCH !== 0 && round !== size.rounds) continue
    await store()
    onProgress(round)
  }
  await book.putManifest(simulator.params.manifestDigest, {
    name: 'seeded-72b',
    parameters: 72_747_327_488,
    tokensPerRound: 23_592_960,
    tokensPerSample: 2_048,
    facts: [{ label: 'layers', value: '80' }],
  })
  return { ledger, run: Number(ledgerRun(ledger).state.run), at }
}

function staffed({ miners, validators, rounds }: SeedSize): RunSimulator {
  const simulator = new RunSimulator({
    maxMiners: miners,
    maxValidators: validators,
    maxIncluded: Math.max(1, miners - 4),
    roundsPerEpoch: ROUNDS_PER_EPOCH,
  })
  simulator.escrow.grant(BigInt(rounds) * 1_000n * ETHER)
  for (let slot = 0; slot < miners; slot++) simulator.seats.join('miner', addressOf(`miner ${slot}`))
  for (let slot = 0; slot < validators; slot++)
    simulator.seats.join('validator', addressOf(`validator ${slot}`), 30n * ETHER)
  return simulator
}

/** Most rounds go well; each fiftieth finds no quorum for a better model. */
function playSomeRound(simulator: RunSimulator, round: number): void {
  const vote = round % 50 === 0 ? 'worse' : 'attest'
  playReveals(simulator)
  const { revealed } = simulator
  const included = [...revealed].sort((a, b) => ((a * 7 + round) % 31) - ((b * 7 + round) % 31))
  simulator.propose(
    included.slice(0, simulator.params.maxIncluded).sort((a, b) => a - b),
    vote,
  )
  playVotes(simulator, vote)
  simulator.advance()
}

function observed(round: number): { readonly loss: number; readonly sample: null } {
  const noise = ((round * 2_654_435_761) % 1_000) / 1_000 - 0.5
  return { loss: 1.9 + 8.5 / (1 + round / 60) + 0.03 * noise, sample: null }
}

function ledgerRun(ledger: Ledger) {
  const [run] = ledger.runs.values()
  if (run === undefined) throw new Error('the simulated run was created with its first event')
  return run
}
