// The places where a node's options have its blobs published, made ready: secrets read, addresses looked at. Not opened: no request is made.

import { readFileLimited } from '@tessera/agent/limitedFile'
import type { Chain } from '@tessera/chain/clients'
import type { Followed } from '@tessera/chain/follow'
import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import type { BlockStore } from '@tessera/storage/blockStore'
import type { HttpBlocks } from '@tessera/storage/httpBlocks'
import type { Book } from '@tessera/storage/publish/book'
import { PinningService } from '@tessera/storage/publish/pinningService'
import { PinningTarget } from '@tessera/storage/publish/pinningTarget'
import { S3Bucket } from '@tessera/storage/publish/s3Bucket'
import { S3Target } from '@tessera/storage/publish/s3Target'
import type { Target } from '@tessera/storage/publish/target'
import { parseSource } from '@tessera/storage/source'
import type { Timer } from '@tessera/storage/timer'
import type { NodeOptions } from './nodeOptions.ts'
import { RelayTarget, type RelayTargetOptions } from './relay/relayTarget.ts'
import { readS3Credentials } from './s3Credentials.ts'

export interface TargetParts {
  readonly options: NodeOptions
  readonly chain: Chain
  readonly run: bigint
  readonly operator: Hex
  readonly account: RelayTargetOptions['account']
  readonly view: () => Followed | undefined
  readonly blocks: BlockStore
  readonly book: Book
  readonly transport: HttpBlocks
  readonly timer: Timer
  readonly nonce: () => string
  readonly onSpreadFailure: (error: unknown) => void
}

const REQUEST_TIMEOUT_MS = 30_000
const S3_CONCURRENCY = 6
const PIN_POLL_MS = 20_000
const MAX_TOKEN_BYTES = 4_096

/** @throws `node/no-credentials`, `publish/bad-url`, `storage/bad-source`, `storage/private-address`, `file/…` */
export async function openTargets(parts: TargetParts): Promise<Target[]> {
  const targets = [await s3Target(parts), relayTarget(parts), await pinningTarget(parts)]
  return targets.filter((target) => target !== undefined)
}

/** Where a bucket's objects are read; the bucket itself if nothing else is said. */
export function s3PublicUrl({ publishS3, publishS3Url }: NodeOptions): string | undefined {
  return publishS3 === undefined ? undefined : (publishS3Url ?? publishS3).replace(/\/+$/, '')
}

async function s3Target(parts: TargetParts): Promise<S3Target | undefined> {
  const { options, book, blocks, transport, timer, nonce, onSpreadFailure } = parts
  const { publishS3, publishS3Region: region, allowPrivate } = options
  const publicUrl = s3PublicUrl(options)
  if (publishS3 === undefined || publicUrl === undefined) return undefined
  const url = plainUrl(publishS3, '--publish-s3', options)
  if (URL.parse(url)?.pathname === '/') throw badUrl('--publish-s3', 'it names no bucket')
  const credentials = await readS3Credentials(options)
  const bucket = new S3Bucket({ url, region, credentials, timer, timeoutMs: REQUEST_TIMEOUT_MS, now: Date.now })
  const source = parseSource(publicUrl, { allowLoopback: allowPrivate })
  const more = { publicUrl: source, transport, timer, concurrency: S3_CONCURRENCY, nonce, onSpreadFailure }
  return new S3Target({ bucket, book, blocks, ...more })
}

function relayTarget(parts: TargetParts): RelayTarget | undefined {
  const { options, chain, run, operator, account, view, blocks, timer } = parts
  if (options.relay === undefined) return undefined
  const relay = lowerHex(options.relay)
  if (relay === operator || options.relayFor.length > 0) throw relayOfRelay()
  const { allowPrivate } = options
  const { deployment } = chain
  return new RelayTarget({ deployment, run, operator, relay, account, view, blocks, allowPrivate, timer })
}

async function pinningTarget({
  options,
  chain,
  run,
  operator,
  timer,
}: TargetParts): Promise<PinningTarget | undefined> {
  const { pinningService, pinningToken, pinningTokenFile, pinningOrigins: origins } = options
  if (pinningService === undefined) return undefined
  const url = plainUrl(pinningService, '--pinning-service', options)
  const token = pinningToken ?? (pinningTokenFile === undefined ? undefined : await firstLine(pinningTokenFile))
  if (token === undefined || token === '') throw noCredentials('--pinning-token-file')
  const service = new PinningService({ url, token, timer, timeoutMs: REQUEST_TIMEOUT_MS })
  const scope = `tessera/${chain.deployment.chainId}/${run}/${operator}`
  return new PinningTarget({ service, scope, origins, pollMs: PIN_POLL_MS })
}

async function firstLine(path: string): Promise<string> {
  const text = new TextDecoder().decode(await readFileLimited(path, MAX_TOKEN_BYTES))
  return (text.split(/\r?\n/, 1)[0] ?? '').trim()
}

/** Secrets go there: over TLS but on test networks. */
function plainUrl(text: string, flag: string, { allowPrivate }: NodeOptions): string {
  const { protocol, search, hash, username } = new URL(text)
  if (protocol !== 'https:' && !allowPrivate) throw badUrl(flag, 'it is not https')
  if (search !== '' || hash !== '' || username !== '') throw badUrl(flag, 'it has a query, a fragment or a user')
  return text.replace(/\/+$/, '')
}

function badUrl(flag: string, reason: string): TesseraError {
  return new TesseraError('publish/bad-url', `the address of ${flag} cannot be used: ${reason}`, {
    hint: 'Write https://endpoint/bucket/prefix for a bucket, https://service/path for a pinning service',
    context: { flag, reason },
  })
}

function noCredentials(flag: string): TesseraError {
  return new TesseraError('node/no-credentials', `${flag} or its environment variable is needed`, {
    hint: 'Put the secret into a file that only this account can read, and name the file',
    context: { flag },
  })
}

function relayOfRelay(): TesseraError {
  return new TesseraError('node/relay-of-relay', 'a node that publishes through a relay cannot be one', {
    hint: 'Leave out --relay-for or --relay; --relay names the operator of another node',
  })
}
