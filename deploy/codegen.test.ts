import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ARTIFACTS, readArtifact } from './artifacts.ts'
import { checkFresh, generate } from './codegen.ts'

const own = {
  type: 'function',
  name: 'poke',
  inputs: [{ internalType: 'contract IERC20', name: 'a', type: 'address' }],
}
const event = { type: 'event', name: 'Poked', inputs: [] }

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tessera-codegen-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

async function artifacts(t: TestContext): Promise<string> {
  const path = await folder(t)
  const put = async (source: string, contract: string, content: object): Promise<void> => {
    await mkdir(join(path, source), { recursive: true })
    await writeFile(join(path, source, `${contract}.json`), JSON.stringify(content))
  }
  for (const contract of ['Token', 'StakeVault', 'RewardEscrow', 'Emission', 'RandaoBeacon'])
    await put(`contracts/${contract}.sol`, contract, { abi: [own], linkReferences: {} })
  const linkReferences = { 'project/contracts/libraries/Lib.sol': { Lib: [] } }
  await put('contracts/RunCoordinator.sol', 'RunCoordinator', { abi: [own], linkReferences })
  await put('contracts/libraries/Lib.sol', 'Lib', { abi: [event, own, { ...own, name: 'inner' }], linkReferences: {} })
  return path
}

test('an ABI is written one entry a line, without the names of Solidity types', async (t) => {
  const files = await generate(await artifacts(t))
  const lines = files.get('token.ts')!.split('\n')
  assert.match(lines[0]!, /Token.*node deploy\/codegen\.ts/)
  assert.equal(lines[3], '  {"type":"function","name":"poke","inputs":[{"name":"a","type":"address"}]},')
})

test('a contract has the events of the libraries that it is linked with, and not their functions', async (t) => {
  const text = (await generate(await artifacts(t))).get('runCoordinator.ts')!
  assert.match(text, /"Poked"/)
  assert.doesNotMatch(text, /"inner"/)
})

test('missing and differing files are stale', async (t) => {
  const path = await folder(t)
  const files = new Map([
    ['a.ts', 'a'],
    ['b.ts', 'b'],
    ['c.ts', 'c'],
  ])
  await writeFile(join(path, 'a.ts'), 'a')
  await writeFile(join(path, 'b.ts'), 'B')
  await assert.rejects(checkFresh(files, path), { code: 'codegen/stale', context: { stale: ['b.ts', 'c.ts'] } })
  for (const [name, text] of files) await writeFile(join(path, name), text)
  await checkFresh(files, path)
})

test('a contract that was never compiled has no artifact', async () => {
  await assert.rejects(readArtifact(ARTIFACTS, 'contracts/Nowhere.sol', 'Nowhere'), { code: 'deploy/no-artifact' })
})
