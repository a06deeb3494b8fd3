import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type PeerOptions, PythonPeer } from './peer.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

function openPeer(options: Partial<PeerOptions> = {}): PythonPeer {
  const script = fileURLToPath(new URL('./peer.fixture.ts', import.meta.url))
  return new PythonPeer({
    root,
    python: process.execPath,
    script,
    threads: 3,
    signal: new AbortController().signal,
    ...options,
  })
}

test('requests are answered in order, and an error of one leaves the next alone', async () => {
  const peer = openPeer()
  assert.deepEqual(await peer.call('shout', { text: 'a' }), { text: 'A' })
  await assert.rejects(peer.call('fail'), { code: 'bench/peer-failed', message: /"fail".*no such luck/s })
  assert.deepEqual(await peer.call('shout', { text: 'b' }), { text: 'B' })
  await peer.close()
})

test('the peer has as many threads as we have, and finds its helpers', async () => {
  const peer = openPeer()
  assert.deepEqual(await peer.call('environment'), { threads: '3', path: join(root, 'bench', 'python') })
  await peer.close()
})

test('a peer that ends says why to whoever waits, and can still be closed', async () => {
  const peer = openPeer()
  await assert.rejects(peer.call('leave'), { code: 'bench/peer-failed', message: /out of memory/ })
  await peer.close()
})

test('an interpreter that does not exist is an error of the first request', async () => {
  const peer = openPeer({ python: join(root, 'no', 'such', 'python') })
  await assert.rejects(peer.call('shout', { text: 'a' }), { code: 'bench/peer-failed', message: /ENOENT/ })
  await peer.close()
})

test('a stop ends the peer, and whoever waits for it hears the reason', async () => {
  const stop = new AbortController()
  const peer = openPeer({ signal: stop.signal })
  await peer.call('shout', { text: 'a' })
  const waiting = peer.call('silence')
  stop.abort(new Error('enough'))
  await assert.rejects(waiting, { message: 'enough' })
  await assert.rejects(peer.call('shout', { text: 'b' }), { message: 'enough' })
  await peer.close()
})
