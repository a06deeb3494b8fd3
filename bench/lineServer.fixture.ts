// A program for lineProcess.test.ts.

import { TesseraError } from '@tessera/protocol/errors'
import { serveLines } from './lineServer.ts'

await serveLines({
  echo: async (values: object) => values,
  refuse: async () => {
    throw new TesseraError('test/refused', 'not this one', { hint: 'Ask for another', context: { size: 3 } })
  },
  // Something has to keep the process alive.
  wait: () => new Promise((resolve) => setTimeout(resolve, 2 ** 30)),
})
