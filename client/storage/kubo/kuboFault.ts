// What can go wrong between this process and a Kubo daemon, as coded errors. The daemon tells most of its errors apart only by their text.

import { TesseraError } from '@tessera/protocol/errors'
import { abortFault, errorCode } from '../fault.ts'

/** The daemon answered, with another status than 200. */
export function refused(status: number, message: string, call: string): TesseraError {
  const context = { call, status, message: message.slice(0, 200) }
  if (status === 401 || status === 403)
    return new TesseraError('kubo/unauthorized', `the Kubo daemon does not allow ${call}`, {
      hint: 'Give the token that API.Authorizations of its configuration names, and let it use /api/v0',
      context,
    })
  if (/no space left|disk quota exceeded|StorageMax/i.test(message))
    return new TesseraError('storage/disk-full', 'the Kubo daemon has no space left', {
      hint: 'Free some space where its repository lies, or keep fewer rounds',
      context,
    })
  return new TesseraError('kubo/http', `the Kubo daemon answered ${call} with status ${status}: ${context.message}`, {
    // 404 and 405 are another program, or another API; they do not pass.
    retryable: status >= 500 || status === 429,
    hint: 'Check that the URL is the RPC API of a Kubo daemon, and its log',
    context,
  })
}

/** True of the answer of a daemon that was asked for a block that it does not have, or to pin what it has not all of. */
export function saysMissing(error: TesseraError): boolean {
  const { status, message } = error.context
  return error.code === 'kubo/http' && status === 500 && /could not find|not found locally/.test(String(message))
}

/** Whatever a call threw, as an error of ours. */
export function callFault(error: unknown, call: string, signal: AbortSignal): TesseraError {
  if (signal.aborted) return abortFault(signal)
  if (error instanceof TesseraError) return error
  const answer = answerOf(error)
  if (answer !== undefined) return refused(answer.status, answer.message, call)
  const reason = errorCode(error) ?? errorCode((error as { cause?: unknown } | undefined)?.cause)
  // A daemon that goes down in the middle of an answer leaves half of one behind.
  if (error instanceof SyntaxError) return badAnswer(call, error)
  return new TesseraError(
    'kubo/unreachable',
    `no answer from the Kubo daemon${reason === undefined ? '' : ` (${reason})`}`,
    {
      retryable: true,
      hint: 'Start it (ipfs daemon), or correct the URL of its RPC API (Addresses.API of its configuration)',
      context: { call, reason },
      cause: error,
    },
  )
}

export function badAnswer(call: string, cause?: unknown): TesseraError {
  return new TesseraError('kubo/bad-answer', `the answer to ${call} is none of Kubo’s`, {
    retryable: true,
    hint: 'Check that the URL is the RPC API of a Kubo daemon, and that nothing between alters its answers',
    context: { call },
    cause,
  })
}

export function timedOut(call: string, ms: number): TesseraError {
  return new TesseraError('kubo/timeout', `the Kubo daemon took more than ${ms} ms for ${call}`, {
    retryable: true,
    hint: 'It hangs or is overloaded: look at its log, or restart it',
    context: { call, ms },
  })
}

/** kubo-rpc-client throws an HTTPError, which is not exported, with the message of the daemon. */
function answerOf(error: unknown): { readonly status: number; readonly message: string } | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined
  const { response } = error
  if (typeof response !== 'object' || response === null || !('status' in response)) return undefined
  return { status: Number(response.status), message: error instanceof Error ? error.message : '' }
}
