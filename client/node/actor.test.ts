import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCoordinatorAbi } from '@tessera/chain/generated/runCoordinator'
import type { TransactionRequest } from '@tessera/chain/request'
import type { TransactionSender } from '@tessera/chain/send'
import { TesseraError } from '@tessera/protocol/errors'
import { Actor } from './actor.ts'
import { Log, reverted, Sent } from './testing/recorders.ts'

const REQUEST: TransactionRequest = { name: 'commit', to: `0x${'01'.repeat(20)}`, data: '0x01', spareGas: 0n }
const RACES = [
  'RunNotDue',
  'RunWrongPhase',
  'RunWrongRound',
  'RunWrongAttempt',
  'RunPastDeadline',
  'EpochNotDue',
  'EpochWrongPhase',
  'EpochPastDeadline',
  'RunAlreadyVoted',
  'RunProposalMismatch',
  'RunNotReleasable',
  'RunNotMember',
  'ScoresPageInvalid',
]

test('what is included is said with its cost', async () => {
  const { actor, log, requests } = new Sent()
  assert.equal(await actor.act(REQUEST, { round: 3n }), true)
  assert.deepEqual(requests, [REQUEST])
  assert.deepEqual(log.entries, [
    { level: 'info', message: 'sent commit', context: { round: 3n, gas: 21_000n, block: 1n } },
  ])
})

test('that somebody was faster is no news', async () => {
  for (const name of RACES) {
    const sent = new Sent()
    sent.reply = () => name
    assert.equal(await sent.actor.act(REQUEST, { round: 3n }), false)
    assert.deepEqual(sent.log.entries, [
      { level: 'debug', message: 'commit refused', context: { round: 3n, refusal: name } },
    ])
  }
})

test('the refusals that stem from a race are errors of the contracts', () => {
  const errors = runCoordinatorAbi.flatMap((entry) => (entry.type === 'error' ? entry.name : []))
  for (const name of RACES)
    assert.ok(
      errors.some((error) => error === name),
      name,
    )
})

test('any other refusal is a warning, said once as long as nothing about it changes', async () => {
  const sent = new Sent()
  sent.reply = () => 'RunNotActive'
  assert.equal(await sent.actor.act(REQUEST, { round: 3n }), false)
  assert.equal(await sent.actor.act(REQUEST, { round: 3n }), false)
  assert.deepEqual(sent.log.at('warn'), ['commit refused'])
  assert.equal(sent.requests.length, 2)

  await sent.actor.act(REQUEST, { round: 4n })
  assert.equal(sent.log.at('warn').length, 2)
  await sent.actor.act({ ...REQUEST, name: 'reveal' }, { round: 4n })
  assert.deepEqual(sent.log.at('warn').slice(2), ['reveal refused'])
  sent.reply = () => 'RunZeroCommitment'
  await sent.actor.act(REQUEST, { round: 4n })
  assert.equal(sent.log.at('warn').length, 4)
})

test('whatever else goes wrong is thrown as it is', async () => {
  const sent = new Sent()
  const unreachable = new TesseraError('chain/unreachable', 'no', { retryable: true })
  for (const error of [unreachable, new Error('a defect')]) {
    sent.reply = () => error
    await assert.rejects(sent.actor.act(REQUEST, {}), error)
  }
  assert.deepEqual(sent.log.entries, [])
})

test('the stop of the node reaches the sender', async () => {
  const stop = new AbortController()
  const seen: (AbortSignal | undefined)[] = []
  const send: TransactionSender['send'] = (_, options) => {
    seen.push(options?.signal)
    return Promise.reject(reverted('RunNotDue'))
  }
  const actor = new Actor({
    sender: { send } as TransactionSender,
    logger: new Log().logger,
    signal: stop.signal,
  })
  await actor.act(REQUEST, {})
  assert.deepEqual(seen, [stop.signal])
})
