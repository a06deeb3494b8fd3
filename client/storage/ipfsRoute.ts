// The trustless gateway's one route, GET and HEAD /ipfs/{cid}, over local blocks. Serves what is here and never fetches for a caller.
// Formats: raw (one block), car (the tree below it) and, for readers of ours, have (which leaves of the tree are here). Not the listener,
// its limits or other routes: gatewayServer.ts.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isTesseraError } from '@tessera/protocol/errors'
import { cidOfBlock, parseBlockCid } from './blobRef.ts'
import type { BlockStore } from './blockStore.ts'
import { type CarRoot, carStream } from './carStream.ts'
import { type Pacing, refuse, refuseBusy, type Stall, sendBody } from './gatewayReply.ts'
import type { Holdings } from './holdings.ts'
import type { Pace } from './transfer/pace.ts'
import { HAVE_TYPE, RAW_TYPE } from './transport.ts'
import type { Turns } from './turns.ts'

const CAR_TYPE = 'application/vnd.ipld.car'
// 48 weeks. What a CID names cannot change.
const IMMUTABLE = 'public, max-age=29030400, immutable'

export interface IpfsParts {
  readonly blocks: BlockStore
  readonly holdings: Holdings
  readonly turns: Turns
  readonly stall: Stall
  readonly pace: Pace | undefined
}

export async function serveIpfs(request: IncomingMessage, response: ServerResponse, parts: IpfsParts): Promise<void> {
  const url = request.url ?? ''
  const [path = '', query = ''] = url.split('?', 2)
  const format = formatOf(new URLSearchParams(query), request.headers.accept)
  if (format === 'unknown') return refuse(response, 400, 'format must be raw, car or have')
  if (format === undefined) return refuse(response, 406, 'ask for ?format=raw or ?format=car')
  const block = blockOf(path)
  if (block === undefined) return refuse(response, 400, 'not a CIDv1 of a raw or dag-pb block with sha2-256')

  // Undefined when the caller has gone already.
  const caller = request.socket.remoteAddress ?? ''
  const leave = await parts.turns.take(caller, response)
  if (leave === undefined) {
    if (!response.destroyed) refuseBusy(response, parts.turns.retryAfterSeconds)
    return
  }
  try {
    const pacing = parts.pace && { pace: parts.pace, caller }
    if (format === 'have') await sendHoldings(request, response, block, parts.holdings)
    else await sendBlocks(request, response, { ...parts, ...block, pacing }, format)
  } finally {
    leave()
  }
}

/** A bit for each leaf that is here; 204 for none at all, so that 404 is left to those who do not know the question. */
async function sendHoldings(
  request: IncomingMessage,
  response: ServerResponse,
  block: CarRoot,
  holdings: Holdings,
): Promise<void> {
  const bits = await holdings.of(block)
  response.setHeader('cache-control', 'no-store')
  if (bits === undefined) return void response.writeHead(204).end()
  response.setHeader('content-type', HAVE_TYPE)
  response.setHeader('content-length', bits.length)
  response.writeHead(200).end(request.method === 'HEAD' ? undefined : bits)
}

async function sendBlocks(
  request: IncomingMessage,
  response: ServerResponse,
  block: Omit<Reply, 'cid'>,
  format: 'raw' | 'car',
): Promise<void> {
  const cid = cidOfBlock(block.digest, block.codec).toString()
  const etag = format === 'raw' ? `"${cid}.raw"` : `W/"${cid}.car"`
  const bytes = await block.blocks.sizeOf(block.digest)
  if (bytes === undefined) return refuse(response, 404, 'not here')
  response.setHeader('cache-control', IMMUTABLE)
  response.setHeader('etag', etag)
  response.setHeader('vary', 'accept')
  if (matches(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end()
    return
  }
  if (format === 'raw') await sendRaw(request, response, { ...block, cid })
  else await sendCar(request, response, { ...block, cid })
}

interface Reply extends CarRoot {
  readonly blocks: BlockStore
  readonly stall: Stall
  readonly pacing: Pacing | undefined
  readonly cid: string
}

async function sendRaw(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  const head = request.method === 'HEAD'
  const bytes = head ? undefined : await reply.blocks.get(reply.digest)
  const length = head ? await reply.blocks.sizeOf(reply.digest) : bytes?.length
  // Found damaged, or collected, just now.
  if (length === undefined) return refuse(response, 404, 'not here')
  response.setHeader('content-type', RAW_TYPE)
  response.setHeader('content-length', length)
  response.setHeader('content-disposition', `attachment; filename="${reply.cid}.bin"`)
  await sendBody(response, bytes === undefined ? [] : [bytes], reply)
}

async function sendCar(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  response.setHeader('content-type', `${CAR_TYPE}; version=1; order=dfs; dups=n`)
  response.setHeader('content-disposition', `attachment; filename="${reply.cid}.car"`)
  await sendBody(response, request.method === 'HEAD' ? [] : carStream(reply, reply.blocks), reply)
}

/** `?format=` goes before Accept, as the gateway specification has it. */
function formatOf(query: URLSearchParams, accept = ''): 'raw' | 'car' | 'have' | 'unknown' | undefined {
  const format = query.get('format')
  if (format !== null) return format === 'raw' || format === 'car' || format === 'have' ? format : 'unknown'
  if (accept.includes(RAW_TYPE)) return 'raw'
  return accept.includes(CAR_TYPE) ? 'car' : undefined
}

/** Paths below a CID are for deserialised gateways and do not exist here. */
function blockOf(path: string): CarRoot | undefined {
  try {
    return parseBlockCid(path.slice('/ipfs/'.length))
  } catch (error) {
    if (isTesseraError(error, 'storage/bad-cid')) return undefined
    throw error
  }
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const weak = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.split(',').some((tag) => tag.trim() === '*' || weak(tag) === weak(etag))
}
