// What Hardhat is asked to do in a child process, and the asking. The deployer's key goes over the pipe between the two, not
// over the command line or the environment, which others on the machine may read.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@tessera/agent/clock'
import type { ContractName, Deployment } from '@tessera/chain/addresses'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { takeTurn } from './hardhatTurn.ts'

export type Addresses = Pick<Deployment, ContractName>

export interface DeployJob {
  readonly kind: 'deploy'
  readonly rpcUrl: string
  readonly deployerKey: Hex
  /** Ignition's journal is in `deployments/DEPLOYMENT_ID` of this folder. */
  readonly folder: string
  readonly deploymentId: string
  /** The module's parameters; integers of any size as strings with an `n` at the end, as Ignition reads them. */
  readonly parameters: Readonly<Record<string, string | number | bigint>>
  readonly confirmationBlocks: number
  readonly pollMs: number
}

export type Job = DeployJob | { readonly kind: 'build' }

export type Answer = { readonly addresses: Addresses | undefined } | { readonly failed: string }

const MAX_WORDS = 4_000

/** Errors: `deploy/hardhat-failed`; the signal's reason. */
export async function runHardhat(job: Job, signal?: AbortSignal): Promise<Addresses | undefined> {
  signal?.throwIfAborted()
  const turn = await takeTurn(fileURLToPath(new URL('../cache', import.meta.url)), systemClock, signal)
  try {
    return await inChild(job, signal)
  } finally {
    turn.release()
  }
}

async function inChild(job: Job, signal: AbortSignal | undefined): Promise<Addresses | undefined> {
  const child = fork(fileURLToPath(new URL('hardhatChild.ts', import.meta.url)), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Keeps bigints.
    serialization: 'advanced',
    ...(signal && { signal }),
  })
  let words = ''
  const listen = (chunk: Buffer): void => {
    words = (words + chunk.toString('utf8')).slice(-MAX_WORDS)
  }
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)
  const answer = await new Promise<Answer>((resolve, reject) => {
    child.once('error', (error) => reject(signal?.aborted ? signal.reason : error))
    child.once('message', (message: Answer) => resolve(message))
    child.once('close', (code) => resolve({ failed: `Hardhat ended with code ${code} and without an answer` }))
    child.send(job)
  })
  if ('addresses' in answer) return answer.addresses
  throw new TesseraError('deploy/hardhat-failed', `${answer.failed}${words === '' ? '' : `\n${words.trim()}`}`, {
    hint:
      job.kind === 'build'
        ? 'Correct the contracts, then try again'
        : 'Nothing is lost: the next start goes on or begins anew',
  })
}
