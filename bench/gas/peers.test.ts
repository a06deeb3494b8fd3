import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { type Peers, parsePeers, peerCall, readPeers } from './peers.ts'

const bytesOf = (peers: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(peers))
const call = { id: 'other/work', does: 'work', first: 50_000, again: 40_000 }
const peer = { name: 'o', repository: 'o/r', commit: 'a'.repeat(40), compiler: 'c', libraries: 'l', setting: 's' }
const peers: Peers = { measuredOn: '2026-11-28', chain: 'osaka', peers: [{ ...peer, calls: [call] }] }

test('what is recorded can be read, and no call is recorded twice', async () => {
  const recorded = readPeers()
  const ids = recorded.peers.flatMap(({ calls }) => calls.map(({ id }) => id))
  assert.equal(new Set(ids).size, ids.length)
  const page = await readFile(new URL('README.md', import.meta.url), 'utf8')
  for (const { commit, repository } of recorded.peers) {
    assert.ok(page.includes(commit.slice(0, 7)), `README.md names the commit of ${repository}`)
  }
})

test('a call is found by its id', () => {
  assert.deepEqual(peerCall(parsePeers(bytesOf(peers)), 'other/work'), call)
  assert.throws(() => peerCall(peers, 'other/rest'), { code: 'bench/no-peer-call', context: { id: 'other/rest' } })
})

test('a file that says something else is refused', () => {
  for (const wrong of [
    {},
    { ...peers, more: 1 },
    { ...peers, measuredOn: 'today' },
    { ...peers, peers: [{ ...peer, commit: 'a1156fe', calls: [] }] },
    { ...peers, peers: [{ ...peer, calls: [{ ...call, again: 20_999 }] }] },
    { ...peers, peers: [{ ...peer, calls: [{ ...call, id: 'work' }] }] },
  ])
    assert.throws(() => parsePeers(bytesOf(wrong)), { code: 'bench/bad-peers' })
})
