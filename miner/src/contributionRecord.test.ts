import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openJournal, tempFolder } from '@tessera/node/testing/parts'
import { hash32 } from '@tessera/node/testing/storyParts'
import { type ContributionRecord, readContribution, recordContribution } from './contributionRecord.ts'

const SEED = hash32('train', 1)
const RECORD: ContributionRecord = {
  contributionRoot: hash32('root'),
  digest: hash32('digest'),
  size: 948,
  salt: hash32('salt'),
  innerSteps: 3,
}

test('the first record of a round stands, also after a restart', async (t) => {
  const folder = await tempFolder(t)
  const journal = await openJournal(t, folder)
  assert.equal(readContribution(journal, 1n, SEED), undefined)
  assert.deepEqual(recordContribution(journal, 1n, SEED, RECORD), RECORD)
  const other = { ...RECORD, salt: hash32('other') }
  assert.deepEqual(recordContribution(journal, 1n, SEED, other), RECORD)
  journal.close()
  assert.deepEqual(readContribution(await openJournal(t, folder), 1n, SEED), RECORD)
})

test('a round has another record on a chain on which it has another seed', async (t) => {
  const journal = await openJournal(t)
  recordContribution(journal, 1n, SEED, RECORD)
  const other = hash32('train', 'other')
  assert.equal(readContribution(journal, 1n, other), undefined)
  assert.equal(readContribution(journal, 2n, SEED), undefined)
  const second = { ...RECORD, salt: hash32('other') }
  assert.deepEqual(recordContribution(journal, 1n, other, second), second)
  assert.deepEqual(readContribution(journal, 1n, SEED), RECORD)
})

test('what is no record is told', async (t) => {
  const wrong: readonly unknown[] = [
    'not an object',
    null,
    [],
    {},
    { ...RECORD, contributionRoot: '0x12' },
    { ...RECORD, digest: RECORD.digest.slice(2) },
    { ...RECORD, salt: undefined },
    { ...RECORD, size: '948' },
    { ...RECORD, size: 0 },
    { ...RECORD, size: 1.5 },
    { ...RECORD, innerSteps: -1 },
  ]
  const texts = [...wrong.map((value) => JSON.stringify(value)), 'no JSON', '']
  const journal = await openJournal(t)
  for (const [n, text] of texts.entries()) {
    journal.record(`contribution/${SEED.slice(2, 34)}`, BigInt(n), text)
    assert.throws(
      () => readContribution(journal, BigInt(n), SEED),
      { code: 'miner/bad-record', retryable: false },
      text,
    )
    assert.throws(() => recordContribution(journal, BigInt(n), SEED, RECORD), { code: 'miner/bad-record' }, text)
  }
})
