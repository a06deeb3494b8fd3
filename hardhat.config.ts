import { createRequire } from 'node:module'
import toolbox from '@nomicfoundation/hardhat-toolbox-viem'
import { defineConfig } from 'hardhat/config'

const require = createRequire(import.meta.url)
// The compiler is the npm package's own soljson, so a build needs no download. 0.8.35 and later flood warnings (see README).
const solc = { version: '0.8.34', path: require.resolve('solc/soljson.js') }
const settings = { evmVersion: 'osaka', optimizer: { enabled: true, runs: 200 } }
// 10,000 inputs for each fuzz test, and as many calls for each invariant: 128 sequences of 80.
const deep = process.env.TESSERA_FUZZ === 'deep'

export default defineConfig({
  plugins: [toolbox],
  solidity: {
    // Else a run of some test files links whatever build of SettlementLib is there, or none in a fresh clone.
    splitTestsCompilation: true,
    profiles: {
      default: { ...solc, settings },
      production: { ...solc, settings: { ...settings, viaIR: true } },
    },
  },
  paths: {
    sources: 'contracts',
    tests: { solidity: 'test/solidity', nodejs: 'test/integration' },
    ignition: 'deploy',
  },
  test: {
    solidity: {
      fuzz: { runs: deep ? 10_000 : 256, seed: '0x7e55e7a' },
      invariant: { runs: deep ? 128 : 16, depth: deep ? 80 : 48, failOnRevert: true },
      fsPermissions: { readDirectory: ['test/vectors'] },
    },
  },
  networks: {
    sim: { type: 'edr-simulated', chainType: 'l1', hardfork: 'osaka' },
    devnet: { type: 'http', chainType: 'l1', url: process.env.TESSERA_RPC ?? 'http://127.0.0.1:8545' },
  },
})
