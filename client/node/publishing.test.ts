// What options make of a node's store: nothing, or a publisher with its targets, checked at the start.

import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Lifecycle } from '@tessera/agent/lifecycle'
import { createMetrics } from '@tessera/agent/metrics'
import { parseOptions } from '@tessera/agent/options'
import { accountOf } from '@tessera/chain/account'
import { FakeChain } from '@tessera/chain/fakeChain.fixture'
import { HandTimer } from '@tessera/storage/handTimer'
import { FakePinning } from '@tessera/storage/publish/fakePinning'
import { FakeS3, S3_CREDENTIALS } from '@tessera/storage/publish/fakeS3'
import { nodeOptions } from './nodeOptions.ts'
import { openPublishing } from './publishing.ts'
import { publishMetrics } from './publishMetrics.ts'
import { commitsClosed } from './publishWhen.ts'
import { Disclosure } from './services/disclosure.ts'
import { memoryStore, tempFolder } from './testing/parts.ts'
import { Log } from './testing/recorders.ts'
import { RunStory } from './testing/runStory.ts'
import { minerAddress, RUN, validatorAddress } from './testing/storyParts.ts'

const OPERATOR = minerAddress(0)
const KEY = ['--publish-s3-key-id', S3_CREDENTIALS.keyId, '--publish-s3-secret', S3_CREDENTIALS.secret]

async function open(t: TestContext, argv: readonly string[], isPrivate = true) {
  const data = await tempFolder(t)
  await mkdir(join(data, 'blobs'))
  const required = ['--deployment', 'd.json', '--data', data, '--keystore', 'k.json']
  const all = [...required, ...(isPrivate ? ['--allow-private'] : []), ...argv]
  const lifecycle = new Lifecycle()
  t.after(() => lifecycle.close())
  const story = new RunStory().openRound()
  const log = new Log()
  const { metrics, registry } = createMetrics({ component: 'miner', table: publishMetrics })
  const opening = openPublishing({
    options: parseOptions(nodeOptions, { argv: all, env: {} }),
    chain: new FakeChain(),
    run: RUN,
    operator: OPERATOR,
    account: accountOf(`0x${'22'.repeat(32)}`),
    view: () => story.view,
    store: await memoryStore(t),
    maxBytes: () => 1000,
    nonce: () => 'nonce',
    timer: new HandTimer(10_000),
    lifecycle,
    logger: log.logger,
    metrics,
  })
  return { opening, story, log, registry }
}

async function services(t: TestContext) {
  const s3 = new FakeS3()
  const pinning = new FakePinning()
  const urls = { s3: await s3.start(), pinning: await pinning.start() }
  t.after(async () => {
    await s3.close()
    await pinning.close()
  })
  return { s3, pinning, urls }
}

test('without such options the store is used as it is', async (t) => {
  const { publisher, uploads } = await (await open(t, [])).opening
  assert.deepEqual([publisher, uploads], [undefined, undefined])
})

test('a bucket gets a blob at once, a pinning service once commits are closed, and metrics tell', async (t) => {
  const { s3, pinning, urls } = await services(t)
  const argv = ['--publish-s3', urls.s3, ...KEY, '--pinning-service', urls.pinning, '--pinning-token', pinning.token]
  const { opening, story, log, registry } = await open(t, argv)
  const { store, publisher } = await opening
  assert.ok(publisher)
  const disclosure = new Disclosure({ publisher, isOpen: commitsClosed })
  await disclosure.step(story.view)
  await store.put(new Uint8Array(100).fill(7), { round: 1, maxBytes: 1000 })
  await publisher.idle()
  assert.deepEqual([s3.objects.size, pinning.pins.length], [1, 0])
  await disclosure.step(story.commit(0).commit(1).openReveal().view)
  await publisher.idle()
  assert.equal(pinning.pins.length, 1)
  assert.equal(log.with('a blob is published').length, 1)
  const text = await registry.metrics()
  assert.match(text, /tessera_miner_published_blobs_total\{target="s3",outcome="published"\} 1/)
  assert.match(text, /tessera_miner_unpublished_blobs_count\{target="pinning"\} 1/)
})

test('what is down at the start is tried later; what is wrong stops the node', async (t) => {
  const { s3, urls } = await services(t)
  s3.mishap = (_request, response) => {
    response.writeHead(503).end()
    return true
  }
  const down = await open(t, ['--publish-s3', urls.s3, ...KEY])
  const { publisher } = await down.opening
  assert.ok(publisher)
  assert.equal(down.log.with('a place to publish does not answer').length, 1)
  s3.mishap = () => false
  const wrong = await open(t, ['--publish-s3', urls.s3, '--publish-s3-key-id', 'OTHER', '--publish-s3-secret', 'x'])
  await assert.rejects(wrong.opening, { code: 'publish/credentials' })
})

const refused: Readonly<Record<string, readonly [readonly string[], string]>> = {
  'a bucket over plain HTTP': [['--publish-s3', 'http://s3.example/blobs', ...KEY], 'publish/bad-url'],
  'an address without a bucket': [['--publish-s3', 'https://s3.example/', ...KEY], 'publish/bad-url'],
  'an address with a query': [['--publish-s3', 'https://s3.example/b?x=1', ...KEY], 'publish/bad-url'],
  'a bucket without a key': [['--publish-s3', 'https://s3.example/blobs'], 'node/no-credentials'],
  'a pinning service without a token': [['--pinning-service', 'https://pins.example'], 'node/no-credentials'],
  'a pinning service over plain HTTP': [['--pinning-service', 'http://pins.example'], 'publish/bad-url'],
  'itself as its relay': [['--relay', OPERATOR], 'node/relay-of-relay'],
  'a relay of a relay': [['--relay', validatorAddress(0), '--relay-for', 'members'], 'node/relay-of-relay'],
  'a relay for something': [['--relay-for', 'everyone'], 'node/bad-relay-for'],
}
for (const [name, [argv, code]] of Object.entries(refused))
  test(`${name} is refused: ${code}`, async (t) => {
    await assert.rejects((await open(t, argv, false)).opening, { code })
  })

test('a relay takes uploads', async (t) => {
  for (const list of ['members', `${OPERATOR},${validatorAddress(1)}`]) {
    const { uploads } = await (await open(t, ['--relay-for', list])).opening
    assert.deepEqual(Object.keys(uploads ?? {}), ['/relay'])
  }
})
