// A bucket over the S3 protocol: put an object, look for it, delete it. Signed by AWS's version 4, with the hash of the content in the
// signature, so that the server refuses what was damaged on its way. Paths carry the bucket (path style), which every server knows.

import type { Hex } from '@tessera/protocol/hex'
import { AwsV4Signer } from 'aws4fetch'
import type { Timer } from '../timer.ts'
import { type Answer, exchange } from './exchange.ts'
import { s3Fault } from './s3Fault.ts'

export interface S3Credentials {
  readonly keyId: string
  readonly secret: string
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined
}

export interface S3BucketOptions {
  /** `https://endpoint/bucket` or `https://endpoint/bucket/prefix`, without a slash at the end. */
  readonly url: string
  readonly region: string
  readonly credentials: S3Credentials
  readonly timer: Timer
  /** For one request. */
  readonly timeoutMs: number
  /** Milliseconds since the epoch: requests are signed with their time. */
  readonly now: () => number
}

const EMPTY_SHA256: Hex = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

const MAX_ANSWER_BYTES = 65_536

/** Methods throw what exchange and s3Fault make. */
export class S3Bucket {
  readonly #options: S3BucketOptions
  /** Keys derived for a day, which the signer fills. */
  readonly #cache = new Map<string, ArrayBuffer>()

  constructor(options: S3BucketOptions) {
    this.#options = options
  }

  /** @param sha256 of `bytes`: the server holds what arrives against it. */
  async put(
    key: string,
    bytes: Uint8Array,
    sha256: Hex,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<void> {
    const { url, answer } = await this.#send('PUT', key, { bytes, sha256, headers }, signal)
    if (answer.status !== 200) throw s3Fault(url, answer)
  }

  async delete(key: string, signal: AbortSignal): Promise<void> {
    const { url, answer } = await this.#send('DELETE', key, {}, signal)
    // Of an object that is not there some servers say so.
    const gone = answer.status === 404 && !answer.text.includes('NoSuchBucket')
    if (answer.status !== 204 && answer.status !== 200 && !gone) throw s3Fault(url, answer)
  }

  /** Whether anybody may list what is in the bucket. */
  async isListable(signal: AbortSignal): Promise<boolean> {
    const { origin, pathname } = new URL(this.#options.url)
    const url = new URL(`${origin}/${pathname.split('/')[1]}?list-type=2&max-keys=1`)
    const { timer, timeoutMs } = this.#options
    const answer = await exchange(
      { method: 'GET', url, headers: {} },
      { timer, timeoutMs, maxBytes: MAX_ANSWER_BYTES, signal },
    )
    return answer.status === 200 && answer.text.includes('<ListBucketResult')
  }

  async #send(
    method: string,
    key: string,
    content: { bytes?: Uint8Array; sha256?: Hex; headers?: Record<string, string> },
    signal: AbortSignal,
  ): Promise<{ url: URL; answer: Answer }> {
    const { region, credentials, timer, timeoutMs, now } = this.#options
    const { bytes, sha256 = EMPTY_SHA256, headers = {} } = content
    const signer = new AwsV4Signer({
      method,
      url: `${this.#options.url}/${key}`,
      headers: { ...headers, 'x-amz-content-sha256': sha256.slice(2) },
      accessKeyId: credentials.keyId,
      secretAccessKey: credentials.secret,
      ...(credentials.sessionToken === undefined ? {} : { sessionToken: credentials.sessionToken }),
      service: 's3',
      region,
      cache: this.#cache,
      datetime: new Date(now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    })
    const signed = await signer.sign()
    const body = bytes === undefined ? {} : { body: bytes as Uint8Array<ArrayBuffer> }
    const request = { method, url: signed.url, headers: signed.headers, ...body }
    const answer = await exchange(request, { timer, timeoutMs, maxBytes: MAX_ANSWER_BYTES, signal })
    return { url: signed.url, answer }
  }
}
