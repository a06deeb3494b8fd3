// Serves the file FILE to everyone. A program of its own, started by plain.ts.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { answerRequests } from './answerRequests.ts'

const file = process.env.FILE ?? ''
const { size } = await stat(file)
const server = createServer((_request, response) => {
  response.setHeader('content-length', size)
  pipeline(createReadStream(file), response).catch((error: Error) => response.destroy(error))
})

answerRequests({
  listen: async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  },
})
