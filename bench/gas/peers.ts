// What the calls of other projects' contracts used, from peers.json: recorded once, by hand (README.md says how), since their code is
// no part of this repository.

import { readFileSync } from 'node:fs'
import { decodeJson, type Refusal } from '@tessera/protocol/canonicalJson'
import { TesseraError } from '@tessera/protocol/errors'
import { JsonFields } from '@tessera/protocol/jsonFields'

export interface PeerCall {
  /** Names the call for us: project/call. */
  readonly id: string
  readonly does: string
  /** Gas used by the transaction: the first time, and in the steady state. */
  readonly first: number
  readonly again: number
}

export interface Peer {
  readonly name: string
  readonly repository: string
  readonly commit: string
  readonly compiler: string
  readonly libraries: string
  readonly setting: string
  readonly calls: readonly PeerCall[]
}

export interface Peers {
  readonly measuredOn: string
  readonly chain: string
  readonly peers: readonly Peer[]
}

const FILE = new URL('peers.json', import.meta.url)
const MAX_BYTES = 65_536
const MAX_TEXT = 500
const MOST_GAS = 2 ** 24
const REFUSAL: Refusal = { code: 'bench/bad-peers', hint: 'Correct bench/gas/peers.json' }

export function readPeers(): Peers {
  return parsePeers(readFileSync(FILE))
}

/** @throws `bench/bad-peers` with what is wrong where. */
export function parsePeers(bytes: Uint8Array): Peers {
  return JsonFields.read(decodeJson(bytes, MAX_BYTES, REFUSAL), '', REFUSAL, (fields) => ({
    measuredOn: fields.text('measuredOn', 10, /^\d{4}-\d{2}-\d{2}$/),
    chain: fields.text('chain', MAX_TEXT),
    peers: fields.list('peers', 10, (value, path) => JsonFields.read(value, path, REFUSAL, peerOf)),
  }))
}

function peerOf(fields: JsonFields): Peer {
  return {
    name: fields.text('name', MAX_TEXT),
    repository: fields.text('repository', MAX_TEXT),
    commit: fields.text('commit', 40, /^[0-9a-f]{40}$/),
    compiler: fields.text('compiler', MAX_TEXT),
    libraries: fields.text('libraries', MAX_TEXT),
    setting: fields.text('setting', MAX_TEXT),
    calls: fields.list('calls', 100, (value) =>
      JsonFields.read(value, 'call', REFUSAL, (call) => ({
        id: call.text('id', 80, /^[a-z]+\/[A-Za-z]+(?:-[a-z0-9]+)*$/),
        does: call.text('does', MAX_TEXT),
        first: call.integer('first', 21_000, MOST_GAS),
        again: call.integer('again', 21_000, MOST_GAS),
      })),
    ),
  }
}

/** @throws `bench/no-peer-call` */
export function peerCall({ peers }: Peers, id: string): PeerCall {
  const found = peers.flatMap(({ calls }) => calls).find((call) => call.id === id)
  if (found === undefined)
    throw new TesseraError('bench/no-peer-call', `nothing is recorded of ${id}`, {
      hint: 'Name a call that bench/gas/peers.json has',
      context: { id },
    })
  return found
}
