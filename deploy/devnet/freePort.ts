// Whether a local port is free, or one that is. A look, not a reservation: whoever listens next gets it.

import { createServer } from 'node:net'
import { TesseraError } from '@tessera/protocol/errors'

/** The port itself, or any free one for 0. Errors: `devnet/port-in-use`. */
export function freePort(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE' && cause.code !== 'EACCES') return reject(cause)
      const reason = cause.code === 'EACCES' ? 'needs rights that this program does not have' : 'is in use'
      reject(
        new TesseraError('devnet/port-in-use', `port ${port} on ${host} ${reason}`, {
          hint: 'Stop what listens there, which may be an earlier devnet, or choose another port with --port',
          context: { host, port },
          cause,
        }),
      )
    })
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new TypeError('a TCP server has an address'))
        else resolve(address.port)
      })
    })
  })
}
