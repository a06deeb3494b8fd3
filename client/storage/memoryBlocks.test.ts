import { blockStoreConformance } from './conformance.ts'
import { MemoryBlocks } from './memoryBlocks.ts'

blockStoreConformance('MemoryBlocks', async () => {
  const store = new MemoryBlocks()
  return {
    store,
    // A caller that writes into the array it was given is the only way to damage this store.
    corrupt: async (digest) => {
      ;(await store.get(digest))?.fill(255)
    },
    close: async () => {},
  }
})
