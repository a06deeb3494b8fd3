// How many connections a server that anybody may talk to accepts: in all, and from one address.

import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export interface ConnectionLimits {
  readonly maxConnections: number
  /** Behind a reverse proxy all callers have its address: set this to maxConnections and limit in the proxy. */
  readonly maxConnectionsPerAddress: number
}

/** Ends connections over a limit at once, before anything is read from them. */
export function limitConnections(server: Server, limits: ConnectionLimits): void {
  const perAddress = new Map<string, number>()
  server.maxConnections = limits.maxConnections
  server.on('connection', (socket: Socket) => {
    // Undefined when the caller has gone already.
    const address = socket.remoteAddress
    if (address === undefined) return void socket.destroy()
    const open = (perAddress.get(address) ?? 0) + 1
    perAddress.set(address, open)
    socket.once('close', () => {
      const left = (perAddress.get(address) ?? 1) - 1
      if (left > 0) perAddress.set(address, left)
      else perAddress.delete(address)
    })
    if (open > limits.maxConnectionsPerAddress) socket.destroy()
  })
}
