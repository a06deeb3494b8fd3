// The chain of a devnet: one anvil process with its state in a file, so that it goes on after a restart. After a kill it has
// lost the last blocks (one to three, as the state is saved each second): what follows the chain must bear that.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Clock, systemClock } from '@tessera/agent/clock'
import { openClient } from '@tessera/chain/clients'
import { getChainId } from '@tessera/chain/rpc'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { anvilBinary } from './anvilBinary.ts'
import { freePort } from './freePort.ts'
import { keepOneGenesis } from './oneGenesis.ts'
import { endOf, startGuard } from './processGuard.ts'

/** Not 31337: on that id Hardhat Ignition deletes its journal whenever the node was restarted. */
export const DEVNET_CHAIN_ID = 31377

const HOST = '127.0.0.1'
const BLOCK_GAS_LIMIT = 60_000_000
/** Blocks whose state can be read; blocks, receipts and logs are all kept. */
const KEPT_STATES = 256
/** A full state file of some hundred MB takes seconds to load. */
const START_LIMIT_MS = 60_000
const START_POLL_MS = 25
/** Saving the state on the way out. */
const STOP_LIMIT_MS = 15_000
const MAX_WORDS = 2_000

export interface AnvilOptions {
  /** 0: any free one. */
  readonly port: number
  /** Read at the start if it is there, written each second and at the end. */
  readonly stateFile: string
  /** Absent: blocks are made by `evm_mine` only. */
  readonly blockSeconds: number | undefined
  /** Ends the start; a running chain is stopped by `stop` alone, since others may have to end before it. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock
}

export interface Anvil {
  readonly rpcUrl: string
  readonly port: number
  /** Resolves when the process has ended, however that came. */
  readonly exited: Promise<void>
  /** Ends it; its state is saved. */
  stop(): Promise<void>
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
}

/**
 * Starts the chain and waits until it answers.
 * @throws `devnet/port-in-use`, `devnet/anvil-missing`, `devnet/anvil-failed`
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const { signal, clock = systemClock } = options
  signal?.throwIfAborted()
  const port = await freePort(options.port, HOST)
  await mkdir(dirname(options.stateFile), { recursive: true })
  await keepOneGenesis(options.stateFile, signal)
  const child = spawn(anvilBinary(), anvilArguments(port, options), {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own: Ctrl-C on the terminal reaches the parent only, which stops its children in order.
    detached: true,
  })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-MAX_WORDS)
  })
  const exited = endOf(child)
  const guard = startGuard(child, exited)
  const rpcUrl = `http://${HOST}:${port}`
  try {
    await untilAnswers({ rpcUrl, child, clock, signal, words: () => words })
  } catch (error) {
    await end(child, exited, 'SIGKILL', clock)
    throw error
  }
  return {
    rpcUrl,
    port,
    exited,
    stop: async () => {
      await end(child, exited, 'SIGTERM', clock)
      await guard
    },
    kill: async () => {
      await end(child, exited, 'SIGKILL', clock)
      await guard
    },
  }
}

function anvilArguments(port: number, options: AnvilOptions): string[] {
  const { blockSeconds, stateFile } = options
  return [
    ...['--host', HOST, '--port', String(port), '--chain-id', String(DEVNET_CHAIN_ID)],
    ...(blockSeconds === undefined ? ['--no-mining'] : ['--block-time', String(blockSeconds)]),
    // Without --enable-tx-gas-limit (EIP-7825) the devnet takes transactions that other chains refuse.
    ...['--hardfork', 'osaka', '--gas-limit', String(BLOCK_GAS_LIMIT), '--enable-tx-gas-limit'],
    // Without this anvil writes the state after each block below the home folder, 400 MB in 2000 blocks, and leaves it there.
    ...['--prune-history', String(KEPT_STATES)],
    ...['--state', stateFile, '--state-interval', '1', '--quiet'],
  ]
}

async function untilAnswers(start: {
  rpcUrl: string
  child: ChildProcess
  clock: Clock
  signal: AbortSignal | undefined
  words: () => string
}): Promise<void> {
  const { rpcUrl, child, clock, signal } = start
  const client = openClient({ rpcUrl })
  const deadline = clock.now() + START_LIMIT_MS
  for (;;) {
    try {
      await getChainId({ client }, signal)
      return
    } catch (error) {
      if (!isTesseraError(error, 'chain/unreachable')) throw error
    }
    const ended = child.exitCode !== null || child.signalCode !== null || child.pid === undefined
    if (ended || clock.now() > deadline)
      throw new TesseraError(
        'devnet/anvil-failed',
        `the chain ${ended ? 'ended at once' : 'does not answer'}: ${start.words().trim()}`,
        {
          hint: 'If its state file is damaged, remove the folder of the devnet to begin anew',
          context: { exitCode: child.exitCode, signal: child.signalCode },
        },
      )
    await clock.sleep(START_POLL_MS, signal)
  }
}

async function end(child: ChildProcess, exited: Promise<void>, signal: NodeJS.Signals, clock: Clock): Promise<void> {
  child.kill(signal)
  const limit = new AbortController()
  const late = clock.sleep(STOP_LIMIT_MS, limit.signal).then(
    () => child.kill('SIGKILL'),
    () => false,
  )
  await exited
  limit.abort()
  await late
}
