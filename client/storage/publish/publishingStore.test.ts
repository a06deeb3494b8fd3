// A store that publishes does what every store does, with a bucket that works and with one that refuses everything.

import type { BlobStoreUnderTest } from '../blobStoreBench.ts'
import { blobStoreConformance } from '../blobStoreConformance.ts'
import { openMemoryStore, type StoreOptions } from '../embeddedStore.ts'
import { startGateway } from '../gatewayServer.ts'
import { HandTimer } from '../handTimer.ts'
import { HttpBlocks } from '../httpBlocks.ts'
import { BlobPublisher } from './blobPublisher.ts'
import { Book } from './book.ts'
import { FakeS3, S3_CREDENTIALS } from './fakeS3.ts'
import { PublishingStore } from './publishingStore.ts'
import { S3Bucket, type S3Credentials } from './s3Bucket.ts'
import { S3Target } from './s3Target.ts'

async function open(options: StoreOptions, credentials: S3Credentials): Promise<BlobStoreUnderTest> {
  const server = new FakeS3()
  const url = await server.start()
  const inner = await openMemoryStore(options)
  const gateway = await startGateway({ blocks: inner.blocks, host: '127.0.0.1', port: 0 })
  const transport = new HttpBlocks({ allowLoopback: true })
  const timer = new HandTimer()
  const book = new Book(':memory:')
  const bucket = new S3Bucket({ url, region: 'us-east-1', credentials, timer, timeoutMs: 30_000, now: Date.now })
  const target = new S3Target({
    bucket,
    book,
    blocks: inner.blocks,
    publicUrl: { base: url },
    transport,
    timer,
    concurrency: 4,
    nonce: () => 'nonce',
    onSpreadFailure: () => {},
  })
  const publisher = new BlobPublisher({ targets: [target], book, timer, onEvent: () => {}, random: () => 0 })
  publisher.start()
  const store = new PublishingStore(inner, publisher)
  return {
    store,
    url: gateway.url,
    damage: async (digest) => {
      ;(await inner.blocks.get(digest))?.fill(255)
    },
    close: async () => {
      await gateway.close()
      await store.close()
      transport.close()
      await server.close()
      book.close()
    },
  }
}

const suites: Readonly<Record<string, S3Credentials>> = {
  'publishing to a bucket': S3_CREDENTIALS,
  'publishing to a bucket that refuses it': { keyId: 'OTHER', secret: 'x' },
}
for (const [name, credentials] of Object.entries(suites))
  blobStoreConformance(name, {
    outlives: false,
    place: async () => ({ open: (options) => open(options, credentials), close: async () => {} }),
  })
