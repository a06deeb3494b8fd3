// One member of the network: a miner or validator process with its options, its log file and its lines for the board.

import { join } from 'node:path'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import type { Resolved } from '@tessera/agent/optionTable'
import type { Hex } from '@tessera/protocol/hex'
import type { DeviceChoice } from '@tessera/training/device'
import type { Keys, MemberPlan } from './accounts.ts'
import { type Child, startChild } from './childProcess.ts'
import type { devnetOptions } from './options.ts'

export interface Member {
  readonly plan: MemberPlan
  readonly operator: Hex
  readonly keys: Keys
}

export interface StartRequest {
  readonly member: Member
  readonly root: string
  readonly rpcUrl: string
  readonly deploymentFile: string
  readonly run: bigint
  /** Gateway with the run's own blobs. */
  readonly mirror: string
  readonly options: Pick<Resolved<typeof devnetOptions>, 'logLevel' | 'sampleEvery' | 'data'> & {
    readonly device: DeviceChoice
  }
  readonly onRecord: (record: Readonly<Record<string, unknown>>) => void
  /** Another program in the place of the member's own: for tests. */
  readonly program?: { readonly main: string; readonly env: Readonly<Record<string, string>> }
}

const POLL_INTERVAL = '300ms'

export function startMember(request: StartRequest): Child {
  const { member, options } = request
  const { plan, keys } = member
  const argv = [
    ['--rpc', request.rpcUrl],
    ['--deployment', request.deploymentFile],
    ['--run', String(request.run)],
    ['--data', plan.folder],
    ['--keystore', keys.keystore],
    ['--keystore-password-file', keys.passwordFile],
    ['--listen-port', '0'],
    ['--mirrors', request.mirror],
    ['--poll-interval', POLL_INTERVAL],
    ['--device', options.device],
    ['--log-level', options.logLevel],
    ['--log-format', 'json'],
    ['--allow-private'],
    ['--stop-with-parent'],
    ...(plan.role === 'validator' ? watching(plan, options.sampleEvery) : []),
  ].flat()
  return startChild({
    name: plan.name,
    main: request.program?.main ?? join(request.root, plan.role, 'src', 'main.ts'),
    argv,
    env: request.program?.env ?? {},
    logFile: join(options.data, 'logs', `${plan.name}.log`),
    onRecord: request.onRecord,
  })
}

/** One validator measures on held-out text and writes samples; the numbers are the same for all. */
function watching(plan: MemberPlan, sampleEvery: number): string[][] {
  return plan.index === 0 ? [['--sample-every', String(sampleEvery)]] : [['--held-out-every', '0']]
}

/** Tells the person at the terminal when a member ends by itself. */
export function reportExit(child: Child, lifecycle: Lifecycle, print: (line: string) => void): void {
  child.exited.then(
    ({ code, signal, lastWords }) => {
      if (lifecycle.signal.aborted || code === 0) return
      print(`${child.name} ended (${code ?? signal}): ${lastWords.split('\n').at(-1) ?? ''}`)
    },
    (error: unknown) => print(`${child.name}: ${error instanceof Error ? error.message : String(error)}`),
  )
}
