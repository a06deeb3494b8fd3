// The golden vectors: `node test/vectors/generate.ts` writes them, with --check it compares and fails. They say what the rules of
// contracts/README.md give, for the tests of every implementation. A change of a file is a change of the protocol.

import { readFileSync, writeFileSync } from 'node:fs'
import { contributionVectors, magnitudeVectors, recordVectors } from './codecVectors.ts'
import { fileText, type VectorFile } from './file.ts'
import { aggregateVectors, settlementVectors } from './payVectors.ts'
import {
  commitmentVectors,
  finalRoundVectors,
  leaderVectors,
  permutationVectors,
  proposalVectors,
  scoreCommitmentVectors,
  seedVectors,
} from './ruleVectors.ts'
import { merkleVectors, stateVectors } from './treeVectors.ts'

const vectorFiles: Readonly<Record<string, () => VectorFile>> = {
  merkle: merkleVectors,
  state: stateVectors,
  magnitude: magnitudeVectors,
  record: recordVectors,
  contribution: contributionVectors,
  aggregate: aggregateVectors,
  commitment: commitmentVectors,
  scoreCommitment: scoreCommitmentVectors,
  seeds: seedVectors,
  proposal: proposalVectors,
  finalRound: finalRoundVectors,
  leader: leaderVectors,
  permutation: permutationVectors,
  settlement: settlementVectors,
}

/** Names of the files that are missing or differ from what the code gives. */
export function staleVectors(): string[] {
  return Object.entries(vectorFiles)
    .filter(([name, make]) => readText(name) !== fileText(make()))
    .map(([name]) => `${name}.json`)
}

function urlOf(name: string): URL {
  return new URL(`${name}.json`, import.meta.url)
}

function readText(name: string): string | undefined {
  try {
    return readFileSync(urlOf(name), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

if (import.meta.main) {
  if (!process.argv.includes('--check'))
    for (const [name, make] of Object.entries(vectorFiles)) writeFileSync(urlOf(name), fileText(make()))
  const stale = staleVectors()
  for (const file of stale) console.error(`test/vectors/${file} is not what the code gives`)
  if (stale.length > 0)
    console.error(
      'If the rules were meant to change, run node test/vectors/generate.ts and say so in contracts/README.md',
    )
  process.exitCode = stale.length === 0 ? 0 : 1
}
