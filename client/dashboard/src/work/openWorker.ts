// The browser's worker as a port.

import type { WorkerPort } from './client.ts'
import type { FromWorker } from './messages.ts'

export function openWorker(): WorkerPort {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  return {
    send: (message) => worker.postMessage(message),
    listen: (onMessage, onFailure) => {
      worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => onMessage(data))
      // A file that could not be loaded has no message.
      worker.addEventListener('error', ({ message }) => onFailure(message ?? 'its code could not be loaded'))
    },
    end: () => worker.terminate(),
  }
}
