// What `npm start` does: opens the network, starts every node, shows what happens until it is stopped or has seen the rounds
// it was asked for, and writes the report.

import { join } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { systemClock } from '@tessera/agent/clock'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import type { Resolved } from '@tessera/agent/optionTable'
import { runTicker } from '@tessera/agent/ticker'
import { accountOf } from '@tessera/chain/account'
import { lowerHex } from '@tessera/protocol/hex'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { chooseDevice } from '@tessera/training/device'
import type { Device } from '@tessera/training/session'
import { buildDashboard } from '../dashboard.ts'
import { Board } from './board.ts'
import { startDashboard } from './dashboard.ts'
import { DEVNET_HOLDER_KEY } from './holder.ts'
import { reportExit, startMember } from './member.ts'
import { type Network, openNetwork, type Place } from './network.ts'
import type { devnetOptions } from './options.ts'
import type { Preset } from './preset.ts'
import { summaryLines } from './report.ts'
import { Steward } from './steward.ts'
import { Watcher } from './watcher.ts'

export interface StartRequest {
  readonly options: Resolved<typeof devnetOptions>
  readonly preset: Preset
  /** Root of the repository. */
  readonly root: string
  readonly lifecycle: Lifecycle
  readonly print: (line: string) => void
}

const POLL_MS = 300
const STEWARD_MS = 1_000

export async function startDevnet(request: StartRequest): Promise<void> {
  const { options, preset, root, lifecycle, print } = request
  const { signal } = lifecycle
  const choosing = chooseDevice(options.device, { signal })
  // Told where it is awaited.
  choosing.catch(() => undefined)
  const onDeployed = options.dashboard ? dashboardStarter(request, choosing) : undefined
  const network = await openNetwork({
    ...options,
    corpus: options.corpus,
    dataset: options.dataset,
    model: options.model,
    preset,
    root,
    lifecycle,
    print,
    ...(onDeployed === undefined ? {} : { onDeployed }),
  })
  const board = new Board({ print, now: () => systemClock.now() })
  const watcher = new Watcher({
    chain: network.chain,
    run: network.run,
    board,
    members: network.members,
    delegator: network.delegator,
    genesisSupply: network.genesisSupply,
    parameters: network.bundle.parameters,
    pollMs: POLL_MS,
    signal,
  })
  await watcher.begin()

  const { device, reason } = await choosing
  print(`device     ${device} (${reason})`)

  const children = network.members.map((member) => {
    const child = startMember({
      member,
      root,
      rpcUrl: network.anvil.rpcUrl,
      deploymentFile: network.deploymentFile,
      run: network.run,
      mirror: network.mirror,
      options: { ...options, device },
      onRecord: (record) => board.record({ operator: member.operator, role: member.plan.role }, record),
    })
    reportExit(child, lifecycle, print)
    return child
  })
  lifecycle.onClose('nodes', async () => {
    await Promise.all(children.map((child) => child.stop()))
  })
  print(`logs       ${options.data}/logs\n`)
  startSteward(network, request)

  const stillRunning = (): boolean => children.some((child) => child.running)
  await watcher.watch(options.rounds, stillRunning)
  if (options.rounds !== undefined && !signal.aborted) {
    const report = await watcher.report()
    print(`\n${summaryLines(report).join('\n')}`)
    if (options.report !== undefined) {
      await writeFileAtomic(options.report, `${JSON.stringify(report, null, 2)}\n`)
      print(`report     ${options.report}`)
    }
  }
  if (options.rounds !== undefined && !options.exit && !signal.aborted) await watcher.watch(undefined, stillRunning)
}

/** Builds while the chain starts; what it returns starts the dashboard beside all that follows. */
function dashboardStarter(
  { root, options, lifecycle, print }: StartRequest,
  choosing: Promise<{ readonly device: Device }>,
): (place: Place) => void {
  const { data, dashboardPort: port, logLevel } = options
  const site = buildDashboard({ root, folder: join(root, '.tessera', 'dashboard'), signal: lifecycle.signal })
  // Told where it is awaited.
  site.catch(() => undefined)
  return (place) => {
    const starting = startDashboard({ root, data, place, site, choosing, port, logLevel, lifecycle, print })
    lifecycle.onClose('dashboard', () => starting)
  }
}

/** Runs beside the watch until the lifecycle ends it. */
function startSteward(network: Network, { lifecycle, print }: StartRequest): void {
  const { chain, run, members, delegator } = network
  const owner = lowerHex(accountOf(DEVNET_HOLDER_KEY).address)
  const steward = new Steward({
    chain,
    run,
    key: DEVNET_HOLDER_KEY,
    voters: [
      ...members.map(({ operator }) => ({ holder: operator, operators: [operator] })),
      { holder: delegator.address, operators: delegator.operators },
    ],
    claimants: [
      ...delegator.operators.map((operator) => ({ operator, holder: delegator.address })),
      { operator: owner, holder: ZERO_ADDRESS },
    ],
    clock: systemClock,
    pollMs: POLL_MS,
    signal: lifecycle.signal,
  })
  const tell = (error: unknown): void => print(`steward    ${error instanceof Error ? error.message : String(error)}`)
  const ended = runTicker({
    intervalMs: STEWARD_MS,
    signal: lifecycle.signal,
    tick: () => steward.step(),
    onError: tell,
  })
  // Told already: the network goes on without it.
  const closed = ended.catch(() => undefined)
  lifecycle.onClose('steward', () => closed)
}
