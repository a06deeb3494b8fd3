// A reader with a store in the folder STORE, as a node has one. A program of its own, started by ours.ts.

import { parseBlobRef } from '@tessera/storage/blobRef'
import { openEmbeddedStore } from '@tessera/storage/embeddedStore'
import { answerRequests } from './answerRequests.ts'

/** Longer than any fetch here takes. */
const DEADLINE_MS = 10 * 60_000

const store = await openEmbeddedStore({
  dir: process.env.STORE ?? '',
  quotaBytes: Number.MAX_SAFE_INTEGER,
  allowLoopback: true,
})

answerRequests({
  open: async () => undefined,
  // Resolves when every block is verified and on disk.
  fetch: async ({ ref, source }) => {
    const options = {
      sources: [{ url: String(source), role: 'author' as const }],
      deadlineMs: DEADLINE_MS,
      maxBytes: Number.MAX_SAFE_INTEGER,
      round: 0,
    }
    await store.open(parseBlobRef(ref), options)
  },
  forget: async () => void (await store.collect({ keepFromRound: 1, maxBytes: 0 })),
})
