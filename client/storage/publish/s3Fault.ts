// What an S3 server's refusals come to, by its own error code where it gives one: most of them are settings to correct.

import { TesseraError } from '@tessera/protocol/errors'
import { type Answer, refusal } from './exchange.ts'

/** The last one is Versity's word for an unknown key, which comes with status 404. */
const BAD_KEY: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidToken',
  'ExpiredToken',
  'XAdminUserNotFound',
])

/** The error of an answer that is none of the expected ones. */
export function s3Fault(url: URL, { status, text }: Answer): TesseraError {
  const code = /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text)?.[1] ?? ''
  const context = { host: url.host, status, reason: code }
  if (BAD_KEY.has(code))
    return new TesseraError('publish/credentials', `${url.host} does not accept the key (${code})`, {
      hint: 'Check the access key and its secret; SignatureDoesNotMatch may also mean a proxy that changes requests',
      context,
    })
  if (code === 'RequestTimeTooSkewed' || code === 'RequestExpired')
    return new TesseraError('publish/clock', `${url.host} finds that this machine’s clock is wrong`, {
      retryable: true,
      hint: 'Set the clock, by NTP for instance',
      context,
    })
  if (code === 'NoSuchBucket')
    return new TesseraError('publish/no-bucket', `${url.host} has no such bucket`, {
      hint: 'Make the bucket first, and give its name as the first part of the path: https://endpoint/bucket/prefix',
      context,
    })
  const elsewhere =
    code === 'AuthorizationHeaderMalformed' ||
    code === 'PermanentRedirect' ||
    code === 'IllegalLocationConstraintException'
  if (elsewhere || (status >= 300 && status < 400))
    return new TesseraError('publish/wrong-region', `${url.host} says that the bucket is in another region`, {
      hint: 'Give the bucket’s region, and the endpoint of that region',
      context,
    })
  if (code === 'XAmzContentSHA256Mismatch' || code === 'BadDigest')
    return new TesseraError('publish/damaged', `${url.host} received other bytes than were sent`, {
      retryable: true,
      hint: 'The line, or a proxy on it, damages what passes; it is tried again',
      context,
    })
  // These come with status 400 or 403 from some servers.
  if (code === 'SlowDown' || code === 'RequestTimeout') return refusal(url, 503, code)
  return refusal(url, status, code)
}
