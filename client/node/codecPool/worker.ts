// A worker of the pool: takes pieces of a task until none is left or it is told to stop.

import { parentPort } from 'node:worker_threads'
import { aggregateChunks } from '@tessera/protocol/aggregate'
import { encodeChunks } from '@tessera/protocol/compress'
import { checkRecords } from '@tessera/protocol/contribution'
import { createLayout, type StateLayout } from '@tessera/protocol/layout'
import { errorParts, NEXT_PIECE, pieceSize, type Reply, STOP, type Task } from './messages.ts'

/** Of the last task: a node works on one model. */
let known: { readonly key: string; readonly layout: StateLayout } | undefined

function layoutOf({ tensorSizes, chunkSize }: Task): StateLayout {
  const key = `${chunkSize}/${tensorSizes.join()}`
  if (known?.key !== key) known = { key, layout: createLayout(tensorSizes, chunkSize) }
  return known.layout
}

function reply(message: Reply, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

function runPiece({ id: task, work }: Task, layout: StateLayout, piece: number): void {
  const from = pieceSize(work) * piece
  const to = Math.min(from + pieceSize(work), layout.chunks.length)
  if (work.kind === 'check') {
    checkRecords(work.contribution, layout, from, to)
    reply({ task, kind: 'piece', piece })
    return
  }
  if (work.kind === 'aggregate') {
    const { contributions, params } = work
    aggregateChunks(work, contributions, { layout, params, from, to })
    reply({ task, kind: 'piece', piece })
    return
  }
  const { update, delta, codec } = work
  const request = delta === undefined ? { update, layout, codec } : { update, delta, layout, codec }
  const { bytes, lengths, leaves } = encodeChunks(request, from, to)
  // A copy of just these bytes: they stand in a larger buffer.
  const encoded = { bytes: bytes.slice(), lengths, leaves }
  reply(
    { task, kind: 'piece', piece, encoded },
    [encoded.bytes, lengths, leaves].map((array) => array.buffer as ArrayBuffer),
  )
}

function run(task: Task): void {
  const { id, control, work } = task
  const layout = layoutOf(task)
  const pieces = Math.ceil(layout.chunks.length / pieceSize(work))
  while (Atomics.load(control, STOP) === 0) {
    const piece = Atomics.add(control, NEXT_PIECE, 1)
    if (piece >= pieces) break
    try {
      runPiece(task, layout, piece)
    } catch (error) {
      reply({ task: id, kind: 'failed', piece, error: errorParts(error) })
      return
    }
  }
  reply({ task: id, kind: 'end' })
}

parentPort?.on('message', run)
