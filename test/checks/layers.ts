// Which part of the repository may import which: the order of the folders, as a table. Read by imports.ts; the reasons are in the
// README's section on the layout.

export interface Layer {
  /** Path prefix of its files. */
  readonly folder: string
  /** Layers that it may import, besides itself. */
  readonly may: readonly string[]
  /** Set if it is no package, so that a path is the only way to import it. */
  readonly byPath?: true
}

const clients = ['protocol', 'chain', 'storage', 'training', 'agent']
const everything = [...clients, 'node', 'indexer', 'dashboard', 'cli', 'miner', 'validator', 'deploy']

export const layers: Readonly<Record<string, Layer>> = {
  protocol: { folder: 'client/protocol/', may: [] },
  chain: { folder: 'client/chain/', may: ['protocol'] },
  storage: { folder: 'client/storage/', may: ['protocol'] },
  training: { folder: 'client/training/', may: ['protocol'] },
  agent: { folder: 'client/agent/', may: ['protocol'] },
  node: { folder: 'client/node/', may: clients },
  indexer: { folder: 'client/indexer/', may: [...clients, 'node'] },
  // Of the indexer only client/indexer/api, what it answers: the rest runs in no browser.
  dashboard: { folder: 'client/dashboard/', may: ['protocol', 'chain', 'storage', 'training', 'indexer'] },
  cli: { folder: 'client/cli/', may: [...clients, 'node'] },
  miner: { folder: 'miner/', may: [...clients, 'node'] },
  validator: { folder: 'validator/', may: [...clients, 'node'] },
  config: { folder: 'hardhat.config.ts', may: [], byPath: true },
  // Starts miners and validators as processes; never imports them.
  deploy: { folder: 'deploy/', may: [...clients, 'node', 'config'] },
  // Reads the benchmarks' options for their page.
  test: { folder: 'test/', may: [...everything, 'bench', 'config'] },
  bench: { folder: 'bench/', may: everything },
}

export interface PackageRule {
  readonly name: string
  /** Files (a prefix ending in '/' or a whole path) in which the package may or may not be imported. */
  readonly only?: readonly string[]
  readonly never?: readonly string[]
  readonly reason: string
}

export const packageRules: readonly PackageRule[] = [
  {
    name: 'onnxruntime-node',
    only: ['client/training/session.ts', 'client/training/runtimeFiles.ts', 'bench/'],
    reason: 'one place owns sessions and their release',
  },
  {
    name: 'onnxruntime-web',
    // The worker of a page says where its files are.
    only: ['client/training/session.ts', 'client/training/runtimeFiles.ts', 'client/dashboard/src/work/worker.ts'],
    reason: 'one place owns sessions and their release',
  },
  {
    name: 'ethers',
    only: ['client/agent/keystore.ts'],
    reason: 'it is here for the encrypted keystore and nothing else',
  },
  {
    name: 'viem',
    never: ['client/protocol/', 'client/storage/', 'client/training/', 'client/agent/'],
    reason: 'only client/chain and what stands above it knows of the chain',
  },
]

/** Folders whose files run in a browser: no Node built-ins, except in their tests. */
export const browserFolders: readonly string[] = ['client/protocol/', 'client/dashboard/src/', 'client/indexer/api/']
