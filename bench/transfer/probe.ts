// Plain TCP between two nodes: what the emulated links give to anybody. Runs inside a node (peer.ts).

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

const PORT = 4_002
const PIECE = new Uint8Array(65_536)

/** Counts what arrives and says so when the sender has ended; a byte alone is answered by a byte. */
export async function listenForProbes(): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (data) => {
      if (data.length === 1) socket.write(data)
    })
    socket.on('end', () => socket.end('done'))
  })
  server.listen(PORT, '0.0.0.0')
  await once(server, 'listening')
  return server
}

/** Seconds until `bytes` over each of so many connections have arrived. */
export async function sendProbe(host: string, bytes: number, connections: number): Promise<number> {
  const started = performance.now()
  await Promise.all(Array.from({ length: connections }, () => send(host, bytes)))
  return (performance.now() - started) / 1000
}

async function send(host: string, bytes: number): Promise<void> {
  const socket = connect(PORT, host)
  await once(socket, 'connect')
  for (let left = bytes; left > 0; left -= PIECE.length) {
    if (!socket.write(PIECE.subarray(0, Math.min(left, PIECE.length)))) await once(socket, 'drain')
  }
  socket.end()
  // The word of the far end that it has all.
  await once(socket, 'data')
  socket.destroy()
}

/** Round trips of one byte on an open connection, ms each. */
export async function ping(host: string, count: number): Promise<number[]> {
  const socket = connect(PORT, host)
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const started = performance.now()
    const answered = once(socket, 'data')
    socket.write('.')
    await answered
    times.push(performance.now() - started)
  }
  socket.destroy()
  return times
}
