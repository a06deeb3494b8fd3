// The head of an HTTP/1.1 answer whose body is read without Node's parser (directBlocks.ts): strict, and only of the one form that gateways
// use for blocks. Whatever else it may be, Node's HTTP can have it.

export interface DirectHead {
  readonly status: number
  readonly header: (name: string) => string | undefined
  /** Length of the body; undefined when the head does not say it, or says it in another way. */
  readonly bodyBytes: number | undefined
  /** Whether the connection may be used again after the body. */
  readonly isKept: boolean
}

const STATUS_LINE = /^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const LENGTH = /^\d{1,15}$/

/** What stands before the empty line; undefined when it is not the head of an answer as HTTP/1.1 has it. */
export function parseAnswerHead(text: string): DirectHead | undefined {
  const [first = '', ...lines] = text.split('\r\n')
  const status = STATUS_LINE.exec(first)?.[1]
  if (status === undefined) return undefined
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).toLowerCase()
    if (!NAME.test(name)) return undefined
    const before = headers.get(name)
    const value = line.slice(colon + 1).trim()
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  const length = headers.get('content-length')
  // Two lengths, a length and a framing: somebody on the way may understand it otherwise.
  const isPlain = length !== undefined && LENGTH.test(length) && !headers.has('transfer-encoding')
  return {
    status: Number(status),
    header: (name) => headers.get(name),
    bodyBytes: isPlain ? Number(length) : undefined,
    isKept: isPlain && !/\bclose\b/i.test(headers.get('connection') ?? ''),
  }
}
