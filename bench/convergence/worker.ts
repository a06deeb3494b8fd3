// A thread that runs one setting after another: training computes on the thread that asks for it, so the main one stays free.

import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, WorkerStart } from './queue.ts'
import type { Setting } from './setting.ts'
import { Simulator } from './simulate.ts'

const { text } = workerData as WorkerStart
const simulator = await Simulator.open(text)
const never = new AbortController().signal

parentPort?.on('message', async (setting: Setting) => {
  parentPort?.postMessage(await answerTo(setting))
})

async function answerTo(setting: Setting): Promise<Answer> {
  try {
    return { result: await simulator.run(setting, { signal: never, onRound: () => undefined }) }
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
