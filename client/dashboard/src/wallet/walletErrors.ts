// What a wallet throws, told apart. Its words are a stranger's: cut, and never more than text.

import { TesseraError } from '@tessera/protocol/errors'

/** EIP-1193: the person said no. */
const REFUSED = 4001
/** EIP-1474: a request of the same kind waits in the wallet already. */
const PENDING = -32_002
const MAX_WORDS = 200

/** The person said no in the wallet. viem wraps what the wallet threw. */
export function isRefusal(error: unknown): boolean {
  return codesOf(error).includes(REFUSED)
}

/** Whatever a wallet threw, as one of our errors. */
export function walletError(error: unknown): TesseraError {
  if (error instanceof TesseraError) return error
  const codes = codesOf(error)
  if (codes.includes(REFUSED))
    return new TesseraError('wallet/refused', 'you said no in the wallet', {
      hint: 'Nothing was sent and nothing has changed',
      cause: error,
    })
  if (codes.includes(PENDING))
    return new TesseraError('wallet/busy', 'the wallet has a request open already', {
      hint: 'Open the wallet and answer it there',
      cause: error,
    })
  return new TesseraError('wallet/failed', `the wallet says: ${wordsOf(error)}`, {
    hint: 'The words are the wallet’s; open it and look whether it is unlocked and on the right network',
    cause: error,
  })
}

/** An error and what is inside it. */
function codesOf(error: unknown): readonly unknown[] {
  const codes: unknown[] = []
  let at = error
  for (let depth = 0; depth < 8 && typeof at === 'object' && at !== null; depth++) {
    codes.push((at as { code?: unknown }).code)
    at = (at as { cause?: unknown }).cause
  }
  return codes
}

function wordsOf(error: unknown): string {
  const { shortMessage, message } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >
  const words = [shortMessage, message, error].find((text) => typeof text === 'string' && text !== '')
  return String(words ?? 'nothing')
    .replace(/\s+/g, ' ')
    .slice(0, MAX_WORDS)
}
