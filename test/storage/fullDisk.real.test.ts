// The blob store on disks that are full, read-only or broken: a small tmpfs in a mount namespace of this test's own. Linux only.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ACTOR = fileURLToPath(new URL('./fullDiskActor.ts', import.meta.url))
const MIB = 2 ** 20

/** Runs a scene of fullDiskActor.ts on a disk of its own, and returns what it said. */
async function play(t: TestContext, scene: string, diskBytes: number): Promise<Record<string, unknown>> {
  const dir = await mkdtemp(join(tmpdir(), 'tessera-disk-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const mount = `mount -t tmpfs -o size=${diskBytes} tmpfs "$0" && exec "$1" "$2" "$0" "$3"`
  const child = spawn('unshare', ['-rm', 'sh', '-c', mount, dir, process.execPath, ACTOR, scene], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0, `the scene failed: ${lines.join('\n')}`)
  return JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>
}

const FULL = { code: 'storage/disk-full', retryable: true, hasHint: true }

describe('a full disk', () => {
  test('refuses a put, keeps nothing of it, and takes it once there is room', async (t) => {
    const told = await play(t, 'put', 16 * MIB)
    assert.deepEqual(told, {
      fault: FULL,
      leftBytes: 0,
      incoming: 0,
      first: 'whole',
      again: 'whole',
      booked: 'what is there',
    })
  })

  test('refuses a fetch, keeps whole blocks of it, and goes on from there', async (t) => {
    const told = await play(t, 'fetch', 16 * MIB)
    assert.deepEqual(told, { fault: FULL, incoming: 0, again: 'whole', askedTwice: 0, booked: 'what is there' })
  })

  test('can be made less full by a collection, to the last byte', async (t) => {
    const told = await play(t, 'collect', 16 * MIB)
    assert.deepEqual(told, { freed: true, booked: 'what is there', after: 'whole', reserve: MIB })
  })

  test('lets a store open that was full when its process was killed, and make room', async (t) => {
    const told = await play(t, 'reopen', 16 * MIB)
    assert.deepEqual(told, { first: 'whole', freed: true, booked: 'what is there', after: 'whole' })
  })

  test('does not stop a node, which says it once', async (t) => {
    const told = await play(t, 'node', 16 * MIB)
    assert.deepEqual(told, { looks: 40, said: ['blobs will try again'], over: ['blobs works again'] })
  })
})

describe('a disk that is read-only', () => {
  test('is said when the store opens, and when it has become so', async (t) => {
    const told = await play(t, 'read-only', 16 * MIB)
    const fault = { code: 'storage/no-access', retryable: false, hasHint: true }
    assert.deepEqual(told, { running: fault, read: 'whole', opening: fault, again: 'whole' })
  })
})

describe('a disk that fails', () => {
  test('is storage/io, and the store goes on when it works again', async (t) => {
    const told = await play(t, 'broken', 32 * MIB)
    const fault = { code: 'storage/io', retryable: false, hasHint: true }
    assert.deepEqual(told, { put: fault, fetch: fault, incoming: 0, first: 'whole', booked: 'what is there' })
  })
})
