// A network for the dashboard without a devnet: a run told by its events on a chain in memory, blobs behind a gateway, an indexer that
// answers what it is told. All of it over HTTP, and all of it can be made to lie.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { answerCalls } from '@tessera/chain/answers.fixture'
import { ABIS, logOf } from '@tessera/chain/events.fixture'
import { FakeChain } from '@tessera/chain/fakeChain.fixture'
import type { WorkNetwork } from '@tessera/dashboard/work/messages'
import { memoryStore } from '@tessera/node/testing/parts'
import { serveChain } from '@tessera/node/testing/rpcServer'
import type { RunStory } from '@tessera/node/testing/runStory'
import { COORDINATOR, hash32, NATIVE, OWNER, RUN } from '@tessera/node/testing/storyParts'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { TinyStory } from '@tessera/node/testing/tinyStory'
import { concatBytes } from '@tessera/protocol/bytes'
import { partOf, potOf, shareOf } from '@tessera/protocol/claims'
import type { RunEvent } from '@tessera/protocol/events'
import { keccak256 } from '@tessera/protocol/hash'
import { bytesToHex, type Hex, hexToBytes, lowerHex } from '@tessera/protocol/hex'
import { encodeManifest } from '@tessera/protocol/manifest'
import { encodeReceipts } from '@tessera/protocol/receipt'
import { emptyScoreState, type ScoreRequest, scoreEpoch } from '@tessera/protocol/score'
import { testSeed, trainSeed } from '@tessera/protocol/seeds'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { digestOf } from '@tessera/storage/blobRef'
import { BEHAVIOURS, startSource } from '@tessera/storage/hostileSource'
import { getAddress, keccak256 as hashText, stringToHex } from 'viem'

/** Shares of a pool of which the other half is somebody else's. */
const ALL_SHARES = 1_000n

export class DashboardNetwork {
  readonly chain: FakeChain
  readonly story: RunStory
  readonly network: WorkNetwork
  /** What the indexer answers, by path. */
  readonly rows = new Map<string, unknown>()
  /** Blobs that the gateway changes, by digest of a block. */
  readonly tampered: Set<Hex>

  private constructor(parts: Pick<DashboardNetwork, 'chain' | 'story' | 'network' | 'rows' | 'tampered'>) {
    this.chain = parts.chain
    this.story = parts.story
    this.network = parts.network
    this.rows = parts.rows
    this.tampered = parts.tampered
  }

  /** Two rounds, of which everything is included, in an epoch that is scored and settled. */
  static async start(t: TestContext): Promise<DashboardNetwork> {
    const chain = chainOfStories()
    const store = await memoryStore(t)
    const tiny = await tinyRun()
    for (const file of Object.values(tiny.files)) await store.put(file, { round: 0, maxBytes: 2 ** 20 })
    const manifest = await store.put(encodeManifest(tiny.manifest), { round: 0, maxBytes: 2 ** 20 })
    const params = { manifestDigest: manifest.digest, manifestSize: BigInt(manifest.size) }
    const seedOf = (kind: 'train' | 'test', round: bigint, mix: Hex): Hex => {
      const fields = { beacon: beaconOfNext(chain), mix, run: RUN, round }
      return kind === 'train' ? trainSeed(fields) : testSeed(fields)
    }
    const onEvents = (events: readonly RunEvent[]): void => {
      chain.mine(events.map((event) => logOf(chain.deployment, contractOf(event.name), event.name, { ...event })))
    }
    const told = await TinyStory.begin({ store, params, head: chain.head.number, seedOf, onEvents })
    await told.finalRound()
    await told.finalRound()
    const { story } = told
    story.closeEpoch()
    for (const slot of [0, 1, 2]) {
      const { scores, receipts } = scoreEpoch(scoreRequest(story, slot))
      const { digest, size } = await store.put(encodeReceipts(receipts), { round: 2, maxBytes: 2 ** 20 })
      const opening = { scores, receiptsDigest: digest, receiptsSize: BigInt(size), salt: hash32('salt', slot) }
      story.commitScores(slot, opening)
    }
    story.openScoreReveal()
    for (const slot of [0, 1, 2]) story.revealScores(slot)
    story.settle()
    answerFrom(chain, story)
    const tampered = new Set<Hex>()
    const gateway = await startSource((exchange) => {
      const { bytes } = exchange
      const isTampered = bytes !== undefined && tampered.has(digestOf(bytes))
      BEHAVIOURS[isTampered ? 'flipped' : 'good'](exchange)
    }, store.blocks)
    t.after(() => gateway.close())
    const rows = new Map<string, unknown>()
    const indexer = await serveRows(t, rows)
    const network = { deployment: chain.deployment, rpc: await serveChain(t, chain), indexer, gateways: [gateway.url] }
    return new DashboardNetwork({ chain, story, network, rows, tampered })
  }

  /** The row of the indexer's holder, right unless something else is given. */
  earn(operator: Hex, epoch: bigint, more: Readonly<Record<string, unknown>> = {}): void {
    const { state } = this.story
    const settled = state.epochs.get(epoch)
    if (settled === undefined) throw new Error(`no epoch ${epoch}`)
    const poolEarned = partOf(potOf(state, settled, 0n), shareOf(state, settled, operator, false))
    const row = {
      run: Number(RUN),
      epoch: Number(epoch),
      settledAt: 1,
      source: 0,
      token: { address: NATIVE, symbol: 'TSRA', decimals: 18 },
      operator,
      kind: 'operator',
      poolEarned: String(poolEarned),
      commission: '0',
      amount: String(poolEarned / 2n),
      claimedAt: null,
      claimTx: null,
      ...more,
    }
    this.rows.set(`/v1/holders/${operator}/earnings`, { rows: [row], next: null, total: 1 })
  }

  /** The indexer's row of a round. */
  tellRound(round: number, more: Readonly<Record<string, unknown>> = {}): void {
    const found = this.story.state.rounds[round - 1]
    if (found?.end?.kind !== 'final') throw new Error(`round ${round} is not final`)
    const row = {
      round,
      epoch: Number(found.epoch),
      end: 'final',
      void: null,
      openedAt: 1,
      closedAt: 2,
      parentRoot: found.parentRoot,
      root: found.end.root,
      trainSeed: found.trainSeed,
      testSeed: found.testSeed,
      loss: null,
      bytes: 0,
      gas: 0,
      leaders: [],
      votes: [],
      contributions: [],
      sample: null,
      ...more,
    }
    this.rows.set(`/v1/runs/${RUN}/rounds/${round}`, row)
  }
}

function chainOfStories(): FakeChain {
  const chain = new FakeChain()
  const deployment = { ...chain.deployment, runCoordinator: getAddress(COORDINATOR), token: NATIVE }
  return Object.assign(chain, { deployment })
}

/** As RandaoBeacon makes it of the block that is mined next. */
function beaconOfNext(chain: FakeChain): Hex {
  const randao = hashText(stringToHex(`randao ${chain.blocks.length}`))
  return bytesToHex(keccak256(concatBytes(hexToBytes(randao, 32), hexToBytes(chain.head.hash, 32))))
}

function contractOf(name: string): keyof typeof ABIS {
  const found = Object.entries(ABIS).find(([, abi]) =>
    abi.some((entry) => entry.type === 'event' && entry.name === name),
  )
  if (found === undefined) throw new Error(`no contract emits ${name}`)
  return found[0] as keyof typeof ABIS
}

/** The contracts' own reads, from the story's state, which equals the contracts' to the last unit. */
function answerFrom(chain: FakeChain, story: RunStory): void {
  const { state } = story
  const settled = (epoch: bigint) => state.epochs.get(epoch)
  const share = (epoch: bigint, account: Hex, asOwner: boolean): bigint => {
    const found = settled(epoch)
    return found === undefined ? 0n : shareOf(state, found, lowerHex(account), asOwner)
  }
  const pot = (epoch: bigint): bigint => potOf(state, settled(epoch) as never, 0n)
  answerCalls(chain, {
    ownerOf: state.owner,
    paramsOf: state.params,
    nextEpochOf: () => [0n, state.granted, 0n],
    symbol: 'TSRA',
    decimals: 18,
    phaseOf: 0,
    currentRoundOf: () => state.round?.id ?? 0n,
    currentEpochOf: () => state.epochs.size,
    stateRootOf: () => state.stateRoot,
    isDue: false,
    epochOf: (_: Hex, __: bigint, epoch: bigint) => {
      const totalShare = settled(epoch)?.settlement?.totalShare ?? 0n
      return { grant: pot(epoch), openedAt: 10_000, settled: true, totalShare }
    },
    poolAt: [ALL_SHARES, ALL_SHARES],
    sharesAt: ALL_SHARES / 2n,
    commissionAt: 0n,
    shareOf: (_: bigint, epoch: bigint, account: Hex, asOwner: boolean) => share(epoch, account, asOwner),
    potOf: (_: Hex, __: bigint, ___: bigint, epoch: bigint) => pot(epoch),
    claimable: ({ operator, holder, epochs: [epoch = 0n] }: { operator: Hex; holder: Hex; epochs: bigint[] }) => {
      const asOwner = holder === ZERO_ADDRESS
      const earned = partOf(pot(epoch), share(epoch, operator, asOwner))
      return asOwner ? earned : earned / 2n
    },
  })
}

function scoreRequest(story: RunStory, slot: number): ScoreRequest {
  const { state, epoch } = story
  const members = [...epoch.minerOperators].map(([miner, operator]) => ({ slot: miner, operator }))
  const rounds = state.rounds.map(({ id }) => ({
    round: id,
    miners: members.map((member) => ({
      ...member,
      outcome: {
        kind: 'measured' as const,
        ownBefore: 5,
        ownAfter: 4 + member.slot / 10,
        drawnBefore: 5,
        drawnAfter: 4.5,
      },
    })),
  }))
  const validator = epoch.validatorOperators.get(slot) ?? OWNER
  const { maxMiners: slots } = story.params
  return { run: RUN, epoch: epoch.id, validator, slots, members, rounds, previous: emptyScoreState }
}

async function serveRows(t: TestContext, rows: ReadonlyMap<string, unknown>): Promise<string> {
  const server = createServer((request, response) => {
    const row = rows.get((request.url ?? '').split('?')[0] ?? '')
    response.statusCode = row === undefined ? 404 : 200
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(row ?? { error: { code: 'indexer/not-found', message: 'no such row', hint: null } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
