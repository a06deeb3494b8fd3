// Downloads into the file FILE. A program of its own, started by plain.ts.

import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Agent, get, type IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { answerRequests } from './answerRequests.ts'

const file = process.env.FILE ?? ''
const agent = new Agent({ keepAlive: true })

answerRequests({
  open: async () => undefined,
  fetch: async ({ url, bytes }) => {
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      get(String(url), { agent }, resolve).on('error', reject),
    )
    await pipeline(response, createWriteStream(file))
    const { size } = await stat(file)
    if (size !== bytes) throw new Error(`${size} bytes came instead of ${bytes}`)
  },
  forget: () => rm(file),
})
