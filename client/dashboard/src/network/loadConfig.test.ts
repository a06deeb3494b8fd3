import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { loadConfig } from './loadConfig.ts'

const address = (digit: string): string => `0x${digit.repeat(40)}`
const deployment = JSON.stringify({
  chainId: 31377,
  genesisHash: `0x${'ab'.repeat(32)}`,
  fromBlock: '1',
  token: address('1'),
  stakeVault: address('2'),
  rewardEscrow: address('3'),
  emission: address('4'),
  beacon: address('5'),
  runCoordinator: address('6'),
})
const given = { deployment, rpc: 'http://127.0.0.1:8545', indexer: '', gateways: [], network: 'devnet' }

function answering(body: string, status = 200): typeof fetch {
  return async () => new Response(body, { status })
}

test('the configuration beside the page names the network; an empty indexer is where it came from', async () => {
  const network = await loadConfig('http://gateway.example/ipfs/cid/', answering(JSON.stringify(given)))
  assert.equal(network.deployment.chainId, 31377)
  assert.equal(network.indexer, 'http://gateway.example/ipfs/cid')
  const elsewhere = JSON.stringify({ ...given, indexer: 'https://indexer.example/base/' })
  assert.equal((await loadConfig('http://g.example/', answering(elsewhere))).indexer, 'https://indexer.example/base')
})

for (const [what, get] of [
  ['is missing', answering('not found', 404)],
  ['is not JSON', answering('<!doctype html>')],
  ['lacks a field', answering(JSON.stringify({ ...given, rpc: undefined }))],
  ['is endless', answering(`"${'x'.repeat(300_000)}"`)],
] as const)
  test(`a configuration that ${what} is refused`, async () => {
    await assert.rejects(loadConfig('http://127.0.0.1/', get), (error) => isTesseraError(error, 'dashboard/no-config'))
  })
