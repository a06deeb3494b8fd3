// What a hostile server could answer, for the proxy: one byte of a blob, one result of an RPC call, one field of the indexer's.

import { type BlobRef, cidOf } from '@tessera/storage/blobRef'
import type { Tampering } from './proxy.ts'

/** Flips one bit in the middle of a blob, whoever serves it. */
export function flippedBlob(ref: BlobRef): Tampering {
  const path = `/ipfs/${cidOf(ref)}`
  return {
    where: ({ pathname }) => pathname === path,
    alter: (body) => {
      const copy = Buffer.from(body)
      const at = copy.length >> 1
      copy[at] = (copy[at] ?? 0) ^ 1
      return copy
    },
  }
}

export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

interface RpcMessage {
  readonly id?: unknown
  readonly method?: string
  readonly params?: readonly unknown[]
  readonly result?: unknown
}

/** Alters results of the RPC server, in batches too. `change` returns the same value to let it be. */
export function changedResult(rpcUrl: string, change: (result: unknown, call: RpcCall) => unknown): Tampering {
  const { host } = new URL(rpcUrl)
  return {
    where: (url) => url.host === host,
    alter: (body, asked) => {
      const questions = listOf(asked.body)
      const text = body.toString('utf8')
      const parsed = JSON.parse(text) as RpcMessage | RpcMessage[]
      const alter = (answer: RpcMessage): RpcMessage => {
        const question = questions.find(({ id }) => id === answer.id)
        if (question?.method === undefined || answer.result === undefined) return answer
        const result = change(answer.result, { method: question.method, params: question.params ?? [] })
        return result === answer.result ? answer : { ...answer, result }
      }
      const before = Array.isArray(parsed) ? parsed : [parsed]
      const after = before.map(alter)
      if (after.every((answer, index) => answer === before[index])) return body
      return Buffer.from(JSON.stringify(Array.isArray(parsed) ? after : after[0]))
    },
  }
}

/** Alters an answer of the indexer whose path fits. `change` edits the parsed JSON in place. */
export function changedAnswer(path: RegExp, change: (answer: unknown) => void): Tampering {
  return {
    where: ({ pathname }) => path.test(pathname),
    alter: (body) => {
      const answer: unknown = JSON.parse(body.toString('utf8'))
      change(answer)
      return Buffer.from(JSON.stringify(answer))
    },
  }
}

function listOf(body: Buffer): readonly RpcMessage[] {
  if (body.length === 0) return []
  const parsed = JSON.parse(body.toString('utf8')) as RpcMessage | RpcMessage[]
  return Array.isArray(parsed) ? parsed : [parsed]
}
