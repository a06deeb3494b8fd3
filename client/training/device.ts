// Which device a model runs on: the one asked for, if it works, or the fastest that does. Each is tried in a process of its own,
// because a graphics driver may crash, hang, or write to the terminal.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { TesseraError } from '@tessera/protocol/errors'
import type { ProbeReport } from './deviceProbe.ts'
import type { Device } from './session.ts'

export const DEVICE_CHOICES = ['auto', 'cpu', 'webgpu', 'cuda'] as const
export type DeviceChoice = (typeof DEVICE_CHOICES)[number]

/** In the order in which they win a tie. */
const DEVICES: readonly Device[] = ['cuda', 'webgpu', 'cpu']
/** The first use of a device may compile for a while; what takes longer than this hangs. */
const PROBE_TIMEOUT_MS = 60_000
/** Characters of a probe's answer, and of a reason that is shown. */
const MAX_ANSWER = 65_536
const MAX_REASON = 100

export interface ChosenDevice {
  readonly device: Device
  /** For people: what was found on each device that was tried. */
  readonly reason: string
}

export type Probe = (device: Device, signal: AbortSignal | undefined) => Promise<ProbeReport>

export interface ChooseOptions {
  readonly signal?: AbortSignal
  /** Tests give their own. */
  readonly probe?: Probe
}

/**
 * `cpu` is taken at its word; another device is tried first; `auto` tries them all and takes the fastest at products of matrices,
 * so that a driver that renders in software loses to the CPU itself.
 * @throws `training/device-unavailable`, and the signal's reason.
 */
export async function chooseDevice(choice: DeviceChoice, options: ChooseOptions = {}): Promise<ChosenDevice> {
  const { signal, probe = probeInProcess } = options
  if (choice === 'cpu') return { device: 'cpu', reason: 'as asked' }
  const found: { readonly device: Device; readonly report: ProbeReport }[] = []
  for (const device of choice === 'auto' ? DEVICES : [choice]) {
    found.push({ device, report: await probe(device, signal) })
    signal?.throwIfAborted()
  }
  const reason = found.map(({ device, report }) => `${device}: ${describe(report)}`).join('; ')
  let best: { readonly device: Device; readonly flops: number } | undefined
  for (const { device, report } of found)
    if ('flops' in report && report.flops > (best?.flops ?? 0)) best = { device, flops: report.flops }
  if (best === undefined) throw unavailable(choice, reason)
  return { device: best.device, reason }
}

function describe(report: ProbeReport): string {
  return 'flops' in report
    ? `${Number((report.flops / 1e9).toPrecision(2))} GFLOP/s`
    : (report.problem.split('\n')[0] ?? '').slice(0, MAX_REASON)
}

/** The answer of deviceProbe.ts. Whatever else it does counts as a device that does not work. */
function probeInProcess(device: Device, signal: AbortSignal | undefined): Promise<ProbeReport> {
  const program = fileURLToPath(new URL('./deviceProbe.ts', import.meta.url))
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, device], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PROBE_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      ...(signal === undefined ? {} : { signal }),
    })
    let answer = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (answer.length < MAX_ANSWER) answer += text
    })
    child.on('error', (error) => resolve({ problem: error.message }))
    child.on('close', (code, killedBy) =>
      resolve(readAnswer(answer) ?? { problem: `its probe ended with ${killedBy ?? code}` }),
    )
  })
}

function readAnswer(text: string): ProbeReport | undefined {
  // The runtime may print before us.
  const line = text.trim().split('\n').at(-1) ?? ''
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return undefined
    if ('flops' in value && typeof value.flops === 'number' && value.flops > 0) return { flops: value.flops }
    if ('problem' in value && typeof value.problem === 'string') return { problem: value.problem }
  } catch {
    // No JSON: the probe ended before it could answer.
  }
  return undefined
}

function unavailable(choice: DeviceChoice, reason: string): TesseraError {
  const hints = {
    webgpu: 'WebGPU needs a graphics driver with Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS)',
    cuda: 'CUDA needs an NVIDIA driver and the runtime’s CUDA part: `npm run setup:cuda` fetches it',
  }
  return new TesseraError('training/device-unavailable', `the device ${choice} does not work here (${reason})`, {
    hint: `${choice === 'cuda' || choice === 'webgpu' ? hints[choice] : 'The runtime itself does not work'}; or use --device cpu`,
    context: { choice },
  })
}
