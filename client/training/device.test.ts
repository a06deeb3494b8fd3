import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { chooseDevice, type Probe } from './device.ts'
import type { ProbeReport } from './deviceProbe.ts'
import type { Device } from './session.ts'

const problem = 'no adapter\nand a long story'

function probeOf(reports: Partial<Record<Device, ProbeReport>>, asked: Device[] = []): Probe {
  return async (device) => {
    asked.push(device)
    return reports[device] ?? { problem }
  }
}

test('auto takes the fastest device that works, and says what it found', async () => {
  const cases: [Partial<Record<Device, ProbeReport>>, Device][] = [
    [{ cpu: { flops: 9e10 } }, 'cpu'],
    [{ cpu: { flops: 9e10 }, webgpu: { flops: 8e11 } }, 'webgpu'],
    // A driver that computes in software.
    [{ cpu: { flops: 9e10 }, webgpu: { flops: 4e9 } }, 'cpu'],
    [{ cpu: { flops: 9e10 }, webgpu: { flops: 8e11 }, cuda: { flops: 2e13 } }, 'cuda'],
  ]
  for (const [reports, device] of cases)
    assert.equal((await chooseDevice('auto', { probe: probeOf(reports) })).device, device)
  const { reason } = await chooseDevice('auto', { probe: probeOf({ cpu: { flops: 9e10 } }) })
  assert.equal(reason, 'cuda: no adapter; webgpu: no adapter; cpu: 90 GFLOP/s')
})

test('a device that is asked for by name is tried alone, and refused when it does not work', async () => {
  const asked: Device[] = []
  const probe = probeOf({ webgpu: { flops: 1e9 }, cpu: { flops: 1e11 } }, asked)
  assert.equal((await chooseDevice('webgpu', { probe })).device, 'webgpu')
  assert.equal((await chooseDevice('cpu', { probe })).device, 'cpu')
  await assert.rejects(chooseDevice('cuda', { probe }), (error) => {
    assert.ok(isTesseraError(error, 'training/device-unavailable'))
    assert.match(error.message, /cuda does not work here \(cuda: no adapter\)/)
    assert.match(error.hint ?? '', /setup:cuda/)
    return true
  })
  assert.deepEqual(asked, ['webgpu', 'cuda'])
})

test('the CPU of this machine passes a real probe, in a process of its own', async () => {
  const { device, reason } = await chooseDevice('auto')
  assert.match(reason, /cpu: \d+ GFLOP\/s/)
  assert.match(reason, new RegExp(`${device}: \\d+ GFLOP/s`))
})

test('a choice is given up when it is no longer wanted', async () => {
  const stop = new AbortController()
  const choosing = chooseDevice('auto', { signal: stop.signal })
  stop.abort(new Error('enough'))
  await assert.rejects(choosing, /enough/)
})
