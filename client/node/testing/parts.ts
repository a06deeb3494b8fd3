// @testonly Parts of a node that a test opens and that are closed when it ends.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Journal } from '@tessera/agent/journal'
import { type EmbeddedStore, openMemoryStore, type StoreOptions } from '@tessera/storage/embeddedStore'
import { type Gateway, startGateway } from '@tessera/storage/gatewayServer'
import { HandTimer } from '@tessera/storage/handTimer'
import { FETCH_LIMITS } from '@tessera/storage/transfer/limits'
import { CodecPool } from '../codecPool/pool.ts'
import { Replica, type ReplicaOptions } from '../replica.ts'
import { RUN } from './storyParts.ts'
import { tinyRun } from './tinyRun.ts'

export async function tempFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-node-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** With a folder given: the journal of an earlier process, which has to be closed. */
export async function openJournal(t: TestContext, folder?: string): Promise<Journal> {
  const journal = Journal.open({ folder: folder ?? (await tempFolder(t)), scope: 'test' })
  t.after(() => journal.close())
  return journal
}

/** Of a source that has not got a block yet, or is busy. Every time limit is longer. */
const LONGEST_WAIT_MS = Math.max(FETCH_LIMITS.maxMissMs, FETCH_LIMITS.maxBusyMs)

/** Waits between two attempts end at once; time limits never come. */
export async function memoryStore(t: TestContext, more: Partial<StoreOptions> = {}): Promise<EmbeddedStore> {
  const store = await openMemoryStore({
    quotaBytes: 2 ** 26,
    allowLoopback: true,
    timer: new HandTimer(LONGEST_WAIT_MS),
    ...more,
  })
  t.after(() => store.close())
  return store
}

/** Serves a store on the loopback. */
export async function serve(t: TestContext, store: EmbeddedStore): Promise<Gateway> {
  const gateway = await startGateway({ blocks: store.blocks, host: '127.0.0.1', port: 0 })
  t.after(() => gateway.close())
  return gateway
}

/** At the genesis of the tiny run, or where an earlier one left off. */
export async function openReplica(t: TestContext, more: Partial<ReplicaOptions> = {}): Promise<Replica> {
  const { bundle, layout, manifest } = await tinyRun()
  return Replica.open({
    run: RUN,
    folder: more.folder ?? (await tempFolder(t)),
    layout,
    aggregation: manifest.aggregation,
    codec: new CodecPool(),
    genesis: bundle.genesis,
    genesisRoot: manifest.genesis.root,
    keep: 3,
    ...more,
  })
}
