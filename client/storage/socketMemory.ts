// Connections that read to the same memory again and again. Node takes 64 KiB anew for every read of a socket; at the rates of blobs that
// alone keeps the garbage collector running. What a connection is otherwise, and to whom: httpBlocks.ts.

import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentOptions } from 'node:https'
import type { OnReadOpts, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What the system hands over at a time at most. */
const PIECE_BYTES = 2 ** 16
const newPiece = (): Uint8Array => new Uint8Array(PIECE_BYTES)

type Callback = (error: Error | null, stream: Duplex) => void
type Connect = (options: ClientRequestArgs, callback?: Callback) => Duplex | null | undefined

export function httpAgent(options: AgentOptions, memory = newPiece): HttpAgent {
  return reusing(new HttpAgent(options), memory)
}

export function httpsAgent(options: HttpsAgentOptions, memory = newPiece): HttpsAgent {
  return reusing(new HttpsAgent(options), memory)
}

function reusing<T extends HttpAgent>(agent: T, memory: () => Uint8Array): T {
  const connect: Connect = agent.createConnection.bind(agent)
  agent.createConnection = (options: ClientRequestArgs, callback?: Callback) => {
    const spare: Uint8Array[] = []
    const onread: OnReadOpts = {
      buffer: () => spare.pop() ?? memory(),
      callback: (length, piece) => {
        const more = socket.push(piece.subarray(0, length))
        // The parser of HTTP has copied what it wants to keep, unless it was not reading and the piece waits for it.
        if (socket.readableLength === 0) spare.push(piece)
        return more
      },
    }
    const socket = connect({ ...options, onread } as ClientRequestArgs, callback) as Socket
    return socket
  }
  return agent
}
