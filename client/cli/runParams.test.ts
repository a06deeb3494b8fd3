import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import type { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Manifest } from '@tessera/protocol/manifest'
import { runParamsOf } from './runParams.ts'
import { paramText, runWords } from './runTexts.ts'

const TOKEN = 10n ** 18n
const native: Hex = `0x${'1'.repeat(40)}`
const other: Hex = `0x${'ab'.repeat(20)}`
const reference = { digest: `0x${'2'.repeat(64)}`, size: 1_234 } as const

let manifest: Manifest

before(async () => {
  manifest = (await tinyRun()).manifest
})

const paramsOf = (fields?: object) =>
  runParamsOf(fields === undefined ? undefined : JSON.stringify(fields), { manifest, reference, native })

test('without a file a run fits its manifest and is paid in the deployment’s token', () => {
  const params = paramsOf()
  assert.deepEqual([params.manifestDigest, params.manifestSize], [reference.digest, 1_234n])
  assert.deepEqual([params.genesisRoot, params.rewardToken], [manifest.genesis.root, native])
  const { training, data } = manifest
  assert.ok(params.maxMiners * training.steps * training.batch <= data.trainSamples)
  assert.ok(params.minMiners >= 1 && params.minMiners <= params.maxMiners && params.maxIncluded <= params.maxMiners)
})

test('a file says what is other than the default', () => {
  const params = paramsOf({
    maxMiners: 1,
    minMiners: 1,
    maxIncluded: 1,
    minerStake: '12.5',
    maxRounds: 2 ** 40,
    rewardToken: `0x${'AB'.repeat(20)}`,
    minPot: '0',
  })
  assert.deepEqual([params.maxMiners, params.minerStake, params.maxRounds], [1, (25n * TOKEN) / 2n, 2n ** 40n])
  assert.deepEqual([params.rewardToken, params.minPot], [other, 0n])
})

for (const [field, value] of [
  ['owner', 1],
  ['manifestDigest', reference.digest],
  ['trainSeconds', -1],
  ['trainSeconds', 1.5],
  ['trainSeconds', 2 ** 32],
  ['maxLeaders', 256],
  ['minerStake', 100],
  ['minerStake', '1e3'],
  ['minerStake', '1.0000000000000000001'],
  ['validatorWeightCap', '79228162514.264337593543950336'],
  ['rewardToken', 'TSRA'],
  ['maxRounds', '7'],
] as const) {
  test(`refused: ${field} ${JSON.stringify(value)}`, () => {
    assert.throws(
      () => paramsOf({ [field]: value }),
      (error: TesseraError) => error.code === 'run/bad-params' && error.context.field === field,
    )
  })
}

test('what is no JSON object is refused, and what does not fit the manifest', () => {
  for (const text of ['', '[]', 'null', '7'])
    assert.throws(() => runParamsOf(text, { manifest, reference, native }), { code: 'run/bad-params' })
  assert.throws(() => paramsOf({ maxBlobBytes: 1 }), { code: 'manifest/run-mismatch' })
})

test('a run is told in plain words, whatever it is paid in', () => {
  const params = paramsOf({
    ...{ trainSeconds: 600, commitSeconds: 60, revealSeconds: 60, attestSeconds: 60, maxLeaders: 3 },
    ...{ minMiners: 1, maxMiners: 1, maxIncluded: 1, minPot: '1.5', minerShareBps: 5_000, validatorShareBps: 4_000 },
  })
  const words = runWords(params, native)
  assert.equal(
    words[0],
    'a round takes 10 minutes of training, 15 minutes in all at most; it runs for as long as it has members and money',
  )
  assert.match(words[3] ?? '', /^of each pot miners share 50 %, validators 40 %, and you have 10 %/)
  assert.match(words[4] ?? '', /up to 1000 TSRA of the run’s grants, and waits until there are 1.5 TSRA$/)
  const foreign = { ...params, rewardToken: other, maxRounds: 9n }
  assert.match(runWords(foreign, native)[0] ?? '', /until round 9$/)
  assert.match(runWords(foreign, native)[4] ?? '', new RegExp(`token ${other} has a pot of 1500000000000000000 units$`))
  assert.equal(paramText('minPot', foreign.minPot, foreign, native), `1500000000000000000 units of ${other}`)
  assert.equal(paramText('minPot', params.minPot, params, native), '1.5 TSRA')
})
