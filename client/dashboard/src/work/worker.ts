// The worker of a page: replays, folds, runs the model, so that the page stays quick. One job at a time is the page's to see to; the
// model that was loaded last stays.

import { setRuntimeFiles } from '@tessera/training/runtimeFiles'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import { openBrowserStateCache } from '../model/browserStateCache.ts'
import { Desk } from './desk.ts'
import type { FromWorker, ToWorker } from './messages.ts'

const threads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency) : 1
setRuntimeFiles({ wasm: new URL(wasm, self.location.href).href, threads })

const desk = new Desk({
  cache: openBrowserStateCache,
  tell: (message: FromWorker) => self.postMessage(message),
  now: () => performance.now(),
  pause,
})
self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => desk.take(data))

/** Lets messages in: computing leaves no gap by itself. A timer would take 4 ms. */
function pause(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
