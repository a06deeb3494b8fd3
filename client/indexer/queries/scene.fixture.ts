// The routes over a simulated run on a chain in memory, indexed for real, and asked through the client. The same on each database.

import type { TestContext } from 'node:test'
import { emissionAbi } from '@tessera/chain/generated/emission'
import { tokenAbi } from '@tessera/chain/generated/token'
import type { RunState } from '@tessera/protocol/runState'
import { RUN } from '@tessera/protocol/simulatedRun.fixture'
import { decodeFunctionData, encodeFunctionResult, type Hex } from 'viem'
import { ask } from '../api/client.ts'
import type { Params } from '../api/params.ts'
import type { Answer, RouteName } from '../api/routes.ts'
import { observerBook } from '../database/observerBook.ts'
import { testDatabase } from '../database/testDatabase.fixture.ts'
import { Indexer } from '../ingest/indexer.ts'
import type { StoryChain } from '../ingest/storyChain.fixture.ts'
import type { ObserverBook } from '../observer/book.ts'
import { Present } from '../present.ts'
import { testApp } from '../server/app.fixture.ts'
import { LiveStreams } from '../server/liveStreams.ts'
import { createQueries } from './all.ts'
import { ChainFacts } from './chainFacts.ts'
import type { Condition } from './status.ts'

/** Answers of the contracts that no event tells. */
export const CALLS: Readonly<Record<string, bigint | number | string>> = {
  START: 1_000n,
  PERIOD_SECONDS: 50n,
  PERIODS_PER_HALVING: 2n,
  INITIAL: 1_000n,
  cap: 10n ** 27n,
  totalSupply: 7n * 10n ** 18n,
  balanceOf: 42n,
  symbol: 'TSRA',
  decimals: 18,
}

export interface Scene {
  readonly indexer: Indexer
  readonly book: ObserverBook
  readonly facts: ChainFacts
  state(): RunState
  /** To the head of the chain. */
  follow(): Promise<void>
  ask<N extends RouteName>(name: N, params: Params<N>): Promise<Answer<N>>
}

export async function scene(t: TestContext, story: StoryChain): Promise<Scene> {
  const { chain, fake } = story
  fake.intercept = (method, params) => (method === 'eth_call' ? answerCall(params[0] as { data: Hex }) : undefined)
  const database = await testDatabase(t, chain.deployment)
  const indexer = await Indexer.open({ db: database.db, chain })
  const live = new LiveStreams()
  const present = new Present({ live, boot: 'test', block: undefined })
  const facts = new ChainFacts({ chain, signal: new AbortController().signal })
  const now = () => present.block && { ledger: indexer.ledger, at: present.block.timestamp }
  const condition = conditionOf(present)
  const queries = createQueries({ database, now, chain: facts, condition })
  const app = testApp(queries, { version: () => present.version, live })
  const fetch = async (url: URL) => await app.request(url.href)
  return {
    indexer,
    book: observedBook(observerBook(database.db), present),
    facts,
    state: () => {
      const run = indexer.ledger.runs.get(RUN)
      if (run === undefined) throw new Error('the run is not there yet')
      return run.state
    },
    follow: async () => {
      for (let change = await indexer.poll(); change !== undefined; change = await indexer.poll())
        present.moved({ ...change, runs: [...change.runs], accounts: [...change.accounts] })
    },
    ask: (name, params) => ask('http://localhost', name, params, { fetch }),
  }
}

/** As the program does it: what was observed changes the answers. */
function observedBook(book: ObserverBook, present: Present): ObserverBook {
  const told = async (put: Promise<void>): Promise<void> => {
    await put
    present.observed(Number(RUN))
  }
  return {
    ...book,
    putManifest: (digest, manifest) => told(book.putManifest(digest, manifest)),
    putCheckpoint: (run, root, checkpoint) => told(book.putCheckpoint(run, root, checkpoint)),
    putContribution: (digest, contribution) => told(book.putContribution(digest, contribution)),
    putReceipts: (digest, receipts) => told(book.putReceipts(digest, receipts)),
  }
}

function answerCall({ data }: { readonly data: Hex }): Hex {
  const abi = [...emissionAbi, ...tokenAbi]
  const { functionName } = decodeFunctionData({ abi, data })
  const result = CALLS[functionName]
  return encodeFunctionResult({ abi, functionName, result } as Parameters<typeof encodeFunctionResult>[0])
}

function conditionOf(present: Present): Condition {
  return {
    version: '1',
    chainId: 31377,
    genesisHash: `0x${'00'.repeat(32)}`,
    startedAt: 1,
    now: () => 2,
    head: () => present.block ?? null,
    indexed: () => present.block ?? null,
    rpc: () => ({ ok: true, latencyMs: 3, error: null, checkedAt: 1 }),
    reorgs: () => [],
    observer: () => ({ on: false, error: null, runs: [] }),
    gateways: () => [],
  }
}
