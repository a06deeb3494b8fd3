import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { getAddress, type Hex } from 'viem'
import { type Deployment, formatDeployment, MAX_DEPLOYMENT_BYTES, parseDeployment } from './addresses.ts'

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((data): Hex => `0x${Buffer.from(data).toString('hex')}`)
const address = hex(20).map((value) => getAddress(value))
const deployments = fc.record(
  {
    chainId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    genesisHash: hex(32),
    fromBlock: fc.bigInt({ min: 0n, max: 2n ** 63n }),
    token: address,
    stakeVault: address,
    rewardEscrow: address,
    emission: address,
    beacon: address,
    runCoordinator: address,
  },
  { noNullPrototype: true },
)
const sample: Deployment = {
  chainId: 31377,
  genesisHash: `0x${'ab'.repeat(32)}`,
  fromBlock: 3n,
  token: `0x${'1'.repeat(40)}`,
  stakeVault: `0x${'2'.repeat(40)}`,
  rewardEscrow: `0x${'6'.repeat(40)}`,
  emission: `0x${'7'.repeat(40)}`,
  beacon: `0x${'4'.repeat(40)}`,
  runCoordinator: `0x${'5'.repeat(40)}`,
}

test('what is written is read back', () => {
  fc.assert(
    fc.property(deployments, (deployment) =>
      assert.deepEqual(parseDeployment(formatDeployment(deployment)), deployment),
    ),
  )
})

test('addresses are taken in lower case as well', () => {
  const mixed = getAddress('0xd8da6bf26964af9d7eed9e03e53415d37aa96045')
  const text = formatDeployment({ ...sample, token: mixed.toLowerCase() as Hex })
  assert.equal(parseDeployment(text).token, mixed)
})

const fields = JSON.parse(formatDeployment(sample)) as Record<string, unknown>
const broken: Record<string, string> = {
  'not JSON': '{',
  'a list': '[]',
  nothing: 'null',
  'too long': ' '.repeat(MAX_DEPLOYMENT_BYTES + 1),
  'a field too many': JSON.stringify({ ...fields, owner: sample.token }),
  'a chain id of zero': JSON.stringify({ ...fields, chainId: 0 }),
  'a chain id as text': JSON.stringify({ ...fields, chainId: '1' }),
  'a short hash': JSON.stringify({ ...fields, genesisHash: '0xab' }),
  'a block as a number': JSON.stringify({ ...fields, fromBlock: 3 }),
  'a negative block': JSON.stringify({ ...fields, fromBlock: '-3' }),
  'a missing address': JSON.stringify({ ...fields, beacon: undefined }),
  'an address that is none': JSON.stringify({ ...fields, token: '0x12' }),
  'an address with a wrong checksum': JSON.stringify({
    ...fields,
    token: '0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96046',
  }),
}
for (const [name, text] of Object.entries(broken)) {
  test(`refused: ${name}`, () => {
    assert.throws(() => parseDeployment(text), { code: 'chain/bad-deployment', retryable: false })
  })
}

test('any other text is refused with the same code', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) =>
      assert.throws(() => parseDeployment(text), { code: 'chain/bad-deployment' }),
    ),
  )
})
