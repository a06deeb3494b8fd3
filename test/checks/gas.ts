// Gas and code size against what is recorded in snapshots/. `node test/checks/gas.ts --write` records the present numbers; use it
// instead of Hardhat's --snapshot, which drops the sizes and writes the gas of every test function, fuzz tests included.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding, Outcome } from './check.ts'
import { recordedSnapshots, type Snapshots, snapshotFindings, snapshotPath, snapshotText } from './snapshots.ts'
import { withoutComments } from './solidity.ts'
import { binPath, runNode, spoken } from './tool.ts'
import { repositoryRoot, type Tree, workingTree } from './tree.ts'

const SIZES = 'sizes'
/** EIP-170. */
const MOST_CODE = 24_576
// What the compiler leaves of a library whose functions are all internal; interfaces and abstract contracts have no code at all.
const STUB = 100
const UPDATE = 'if the change is meant: node test/checks/gas.ts --write'

/** Gas that the Solidity tests record by `vm.snapshotGasLastCall` and `vm.snapshotValue`. */
export async function checkGas(tree: Tree): Promise<Outcome> {
  const measured = await measureGas(tree)
  if (measured.size === 0) return { findings: [{ message: 'no Solidity test records gas' }] }
  const recorded = new Map([...recordedSnapshots(tree)].filter(([group]) => group !== SIZES))
  return withUpdate(snapshotFindings(recorded, measured))
}

/** Deployed code of our contracts, built anew if a source changed. */
export async function checkCodeSizes(tree: Tree): Promise<Outcome> {
  return codeSizeOutcome(recordedSnapshots(tree), await measureCodeSizes(tree))
}

/** @param sizes Bytes, decimal, by contract. */
export function codeSizeOutcome(recorded: Snapshots, sizes: Readonly<Record<string, string>>): Outcome {
  const findings: Finding[] = Object.entries(sizes)
    .filter(([, size]) => Number(size) > MOST_CODE)
    .map(([name, size]) => ({ message: `${name} has ${size} bytes of code: the limit of the chain is ${MOST_CODE}` }))
  if (Object.keys(sizes).length === 0) findings.push({ message: 'no contract has code' })
  const old = new Map([[SIZES, recorded.get(SIZES) ?? {}]])
  const changed = withUpdate(snapshotFindings(old, new Map([[SIZES, sizes]])))
  const [name = '', size = '0'] = Object.entries(sizes).toSorted(([, a], [, b]) => Number(b) - Number(a))[0] ?? []
  return { findings: [...findings, ...changed.findings], notes: [`largest: ${name}, ${size} of ${MOST_CODE} bytes`] }
}

function withUpdate(findings: readonly Finding[]): Outcome {
  return { findings: findings.length === 0 ? [] : [...findings, { message: UPDATE }] }
}

async function measureGas(tree: Tree): Promise<Snapshots> {
  const files = tree.files.filter(
    (file) => file.endsWith('.t.sol') && /\bvm\.snapshot(?:Value|Gas\w*)\(/.test(withoutComments(tree.read(file))),
  )
  if (files.length === 0) return new Map()
  const folder = mkdtempSync(join(tmpdir(), 'tessera-gas-'))
  try {
    const out = join(folder, 'gas.json')
    const result = await runNode([join(import.meta.dirname, 'measureGas.ts'), out, ...files])
    if (!existsSync(out)) throw new Error(`the tests that record gas failed: ${spoken(result)}`)
    return new Map(Object.entries(JSON.parse(readFileSync(out, 'utf8')) as Record<string, Record<string, string>>))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Bytes of deployed code by contract, without those that are never deployed. */
async function measureCodeSizes(tree: Tree): Promise<Record<string, string>> {
  const result = await runNode([binPath('hardhat'), 'build', '--no-tests', '--quiet'])
  if (result.code !== 0) throw new Error(`the build failed: ${spoken(result)}`)
  const sizes: Record<string, string> = {}
  for (const file of tree.files.filter((path) => path.startsWith('contracts/') && path.endsWith('.sol'))) {
    const name = file.slice(file.lastIndexOf('/') + 1, -'.sol'.length)
    const artifact = join(repositoryRoot, 'artifacts', file, `${name}.json`)
    if (!existsSync(artifact)) continue
    const { deployedBytecode } = JSON.parse(readFileSync(artifact, 'utf8')) as { deployedBytecode: string }
    const bytes = (deployedBytecode.length - 2) / 2
    if (bytes > STUB) sizes[name] = String(bytes)
  }
  return sizes
}

if (import.meta.main && process.argv.includes('--write')) {
  const tree = workingTree()
  const measured = new Map([...(await measureGas(tree)), [SIZES, await measureCodeSizes(tree)] as const])
  mkdirSync(join(repositoryRoot, 'snapshots'), { recursive: true })
  for (const group of recordedSnapshots(tree).keys()) rmSync(join(repositoryRoot, snapshotPath(group)))
  for (const [group, values] of measured) writeFileSync(join(repositoryRoot, snapshotPath(group)), snapshotText(values))
}
