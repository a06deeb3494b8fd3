import assert from 'node:assert/strict'
import { test } from 'node:test'
import { medusaConfig } from './config.ts'
import { callsMade, harnessName, harnessSource, readSuite } from './harness.ts'

const file = 'test/solidity/vault/PurseInvariant.t.sol'
const text = `
contract PurseHandler is Base {
    function put(uint256 amount) external {}
    function putAll() external {}
}

contract PurseInvariantTest is Base {
    function setUp() public {
        bytes4[] memory calls = new bytes4[](2);
        calls[0] = PurseHandler.put.selector;
        calls[1] = PurseHandler.putAll.selector;
        _targetSelectors(address(handler), calls);
    }

    function invariant_I01_isHeld() public view {}
    function invariant_I02_isPaid() public {}
}
`

const bounds = { workers: 1, calls: 10, seconds: 5, perSequence: 4 }
const compile = { target: 'project', exportDirectory: 'export', args: ['--ignore-compile'] }

test('a suite says its handler, the calls and the invariants', () => {
  assert.deepEqual(readSuite(file, text), {
    file,
    handler: 'PurseHandler',
    calls: ['put', 'putAll'],
    invariants: ['invariant_I01_isHeld', 'invariant_I02_isPaid'],
    test: 'PurseInvariantTest',
  })
})

test('a file of another form is refused, not fuzzed without calls or invariants', () => {
  for (const missing of [/^.*selector;$/gm, /invariant_/g, /PurseInvariantTest/])
    assert.throws(() => readSuite(file, text.replace(missing, 'gone')), /PurseInvariant\.t\.sol has no test contract/)
})

test('the harness tries each invariant in a call that is taken back', () => {
  const source = harnessSource(readSuite(file, text))
  assert.match(source, /import \{PurseInvariantTest\} from "\.\/PurseInvariant\.t\.sol";/)
  assert.match(source, /^contract PurseInvariantMedusa is PurseInvariantTest \{$/m)
  for (const name of ['I01_isHeld', 'I02_isPaid']) {
    assert.match(
      source,
      new RegExp(`function attempt_${name}\\(\\) external \\{\\s+invariant_${name}\\(\\);\\s+revert Held`),
    )
    assert.match(source, new RegExp(`function property_${name}\\(\\) external returns \\(bool\\)`))
  }
})

test('Medusa is told to call what the suite calls, and nothing else', () => {
  const suite = readSuite(file, text)
  const contract = { evm: { methodIdentifiers: { 'putAll()': '1', 'put(uint256)': '2', 'take()': '3' } } }
  const { fuzzing } = medusaConfig(suite, contract, compile, bounds) as {
    fuzzing: { testLimit: number; targetContracts: string[]; testing: { targetFunctionSignatures: string[] } }
  }
  assert.equal(fuzzing.testLimit, 10)
  assert.deepEqual(fuzzing.targetContracts, [harnessName(suite)])
  assert.deepEqual(fuzzing.testing.targetFunctionSignatures, ['PurseHandler.put(uint256)', 'PurseHandler.putAll()'])
  assert.throws(() => medusaConfig(suite, {}, compile, bounds), /PurseHandler has no function put/)
})

test('the calls are those of the last line of progress', () => {
  const line = (calls: number) => `fuzz: elapsed: 3s, calls:      ${calls} (    11/sec), seq/s: 0, branches: 1755\n`
  assert.equal(callsMade(line(0) + line(34)), 34)
  assert.equal(callsMade('Fuzzing with 2 workers'), 0)
})
