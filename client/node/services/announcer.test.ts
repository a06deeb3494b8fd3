import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setEndpoint } from '@tessera/chain/actions/setEndpoint'
import { DEPLOYMENT, Sent } from '../testing/recorders.ts'
import { RunStory } from '../testing/runStory.ts'
import { minerAddress } from '../testing/storyParts.ts'
import { Announcer } from './announcer.ts'

const OPERATOR = minerAddress(0)
const ENDPOINT = 'https://one.example'

test('publishes where its blobs are until the chain says so', async () => {
  const sent = new Sent()
  const service = new Announcer({
    actor: sent.actor,
    deployment: DEPLOYMENT,
    operator: OPERATOR,
    endpoint: () => ENDPOINT,
  })
  const story = new RunStory()
  await service.step(story.view)
  assert.deepEqual(sent.take(), [setEndpoint(DEPLOYMENT, { endpoint: ENDPOINT })])

  await service.step(story.setEndpoint(minerAddress(1), ENDPOINT).view)
  assert.equal(sent.take().length, 1, 'another operator has it')
  await service.step(story.setEndpoint(OPERATOR, 'https://Old.example').view)
  assert.equal(sent.take().length, 1, 'it has moved')
  await service.step(story.setEndpoint(OPERATOR, ENDPOINT).view)
  assert.deepEqual(sent.take(), [])
})

test('says nothing while the address is not known, and follows it when it moves', async () => {
  const sent = new Sent()
  let endpoint: string | undefined
  const options = { actor: sent.actor, deployment: DEPLOYMENT, operator: OPERATOR, endpoint: () => endpoint }
  const service = new Announcer(options)
  const story = new RunStory().setEndpoint(OPERATOR, ENDPOINT)
  await service.step(story.view)
  assert.deepEqual(sent.take(), [])
  endpoint = 'https://relay.example'
  await service.step(story.view)
  assert.deepEqual(sent.take(), [setEndpoint(DEPLOYMENT, { endpoint })])
})
