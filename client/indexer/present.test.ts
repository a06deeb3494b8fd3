import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Present } from './present.ts'
import { BLOCK } from './server/app.fixture.ts'
import { LiveStreams } from './server/liveStreams.ts'

const QUIET = { runs: [], accounts: [], reorg: false }

test('everything that may change an answer changes the version, and nothing else does', () => {
  const present = new Present({ live: new LiveStreams(), boot: 'a', block: undefined })
  const versions = [present.version]
  assert.equal(present.version, undefined)
  const change = (act: () => void): void => {
    act()
    versions.push(present.version)
  }
  change(() => present.moved({ ...QUIET, block: BLOCK }))
  change(() => present.observed(1))
  change(() => present.observed(1))
  change(() => present.moved({ ...QUIET, block: { ...BLOCK, hash: `0x${'08'.repeat(32)}` } }))
  change(() => present.moved({ ...QUIET, block: BLOCK, reorg: true }))
  assert.equal(new Set(versions).size, versions.length)
  const other = new Present({ live: new LiveStreams(), boot: 'b', block: BLOCK })
  assert.notEqual(other.version, new Present({ live: new LiveStreams(), boot: 'a', block: BLOCK }).version)
})

test('streams hear of it, and begin with the block of the last life', async () => {
  const live = new LiveStreams()
  const present = new Present({ live, boot: 'a', block: BLOCK })
  const stream = live.open(() => undefined)
  present.moved({ ...QUIET, block: { ...BLOCK, number: 8 }, runs: [3] })
  present.observed(5)
  live.close()
  const text = await new Response(stream).text()
  const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, json = '']) => JSON.parse(json))
  assert.deepEqual(
    events.map(({ block, runs, observed }) => [block.number, runs, observed]),
    [
      [7, [], []],
      [8, [3], []],
      [8, [], [5]],
    ],
  )
})
