// The book, as the observer's process has it: every call is a message to the indexer, and an answer.

import { errorOf } from '@tessera/node/codecPool/messages'
import type { ObserverBook } from './book.ts'
import type { FromChild, ToChild } from './messages.ts'

export class RemoteBook {
  readonly #send: (message: FromChild) => void
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>()
  #last = 0

  constructor(send: (message: FromChild) => void) {
    this.#send = send
  }

  readonly book: ObserverBook = {
    hasManifest: (digest) => this.#ask('hasManifest', [digest]),
    hasCheckpoint: (run, root) => this.#ask('hasCheckpoint', [run, root]),
    hasContribution: (digest) => this.#ask('hasContribution', [digest]),
    hasReceipts: (digest) => this.#ask('hasReceipts', [digest]),
    putManifest: (digest, manifest) => this.#ask('putManifest', [digest, manifest]),
    putCheckpoint: (run, root, checkpoint) => this.#ask('putCheckpoint', [run, root, checkpoint]),
    putContribution: (digest, contribution) => this.#ask('putContribution', [digest, contribution]),
    putReceipts: (digest, receipts) => this.#ask('putReceipts', [digest, receipts]),
  }

  /** Hands on an answer of the indexer; others are not looked at. */
  hear(message: ToChild): void {
    if (message.kind !== 'answer' && message.kind !== 'refusal') return
    const asked = this.#asked.get(message.id)
    this.#asked.delete(message.id)
    if (message.kind === 'answer') asked?.resolve(message.value)
    else asked?.reject(errorOf(message.error))
  }

  /** No answer will come any more. */
  end(reason: unknown): void {
    for (const asked of this.#asked.values()) asked.reject(reason)
    this.#asked.clear()
  }

  #ask<T>(name: keyof ObserverBook, words: readonly unknown[]): Promise<T> {
    const id = ++this.#last
    const asked = Promise.withResolvers<unknown>()
    this.#asked.set(id, asked)
    this.#send({ kind: 'ask', id, name, words })
    return asked.promise as Promise<T>
  }
}
