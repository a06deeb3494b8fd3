// The observer's process: begins when the indexer says with what, looks at the chain until it is told to stop or the indexer is gone.
// It gives way to whatever else the machine has to do.

import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { runMain } from '@tessera/agent/runMain'
import { runTicker } from '@tessera/agent/ticker'
import { MAX_DEPLOYMENT_BYTES, parseDeployment } from '@tessera/chain/addresses'
import { openChain } from '@tessera/chain/clients'
import { errorParts } from '@tessera/node/codecPool/messages'
import { openEmbeddedStore } from '@tessera/storage/embeddedStore'
import { chooseDevice } from '@tessera/training/device'
import type { ChildSettings, FromChild, ToChild } from './messages.ts'
import { Observer } from './observer.ts'
import { RemoteBook } from './remoteBook.ts'

const LOOK_MS = 1_000

/** To an indexer that is gone nothing is said. */
function send(message: FromChild): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
}

async function observe(settings: ChildSettings, remote: RemoteBook, lifecycle: Lifecycle): Promise<void> {
  const { signal } = lifecycle
  const { rpcUrl, deploymentFile, folder, quotaBytes, mirrors, allowPrivate: allowLoopback } = settings
  const file = await readFileLimited(deploymentFile, MAX_DEPLOYMENT_BYTES)
  const deployment = parseDeployment(new TextDecoder().decode(file))
  const chain = await openChain({ rpcUrl, deployment, signal })
  const { device } = await chooseDevice(settings.device, { signal })
  const onError = (error: unknown, run?: bigint): void => send({ kind: 'error', error: errorParts(error), run })
  const store = await openEmbeddedStore({ dir: join(folder, 'blobs'), quotaBytes, allowLoopback })
  lifecycle.onClose('blobs', () => store.close())
  const observer = new Observer({
    chain,
    store,
    quotaBytes,
    folder: join(folder, 'runs'),
    mirrors,
    device,
    book: remote.book,
    signal,
    onObserved: (run) => send({ kind: 'observed', run }),
    onError,
  })
  lifecycle.onClose('observer', () => observer.close())
  const tell = (): void => send({ kind: 'progress', progress: observer.progress })
  await runTicker({ intervalMs: LOOK_MS, signal, onError, tick: () => observer.step(tell) })
}

setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
await runMain(
  async (lifecycle) => {
    const started = Promise.withResolvers<ChildSettings>()
    const remote = new RemoteBook(send)
    process.on('message', (message: ToChild) => {
      if (message.kind === 'start') started.resolve(message.settings)
      else if (message.kind === 'stop') lifecycle.stop('the indexer asked')
      else remote.hear(message)
    })
    lifecycle.signal.addEventListener('abort', () => {
      remote.end(lifecycle.signal.reason)
      started.reject(lifecycle.signal.reason)
    })
    // Here the channel is the work: what is asked, and what there is to do, comes over it.
    process.channel?.ref()
    try {
      await observe(await started.promise, remote, lifecycle)
    } finally {
      process.disconnect?.()
    }
  },
  { parent: 'ipc' },
)
