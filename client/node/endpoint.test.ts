import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from '@tessera/agent/options'
import { endpointOf } from './endpoint.ts'
import { nodeOptions } from './nodeOptions.ts'
import { RunStory } from './testing/runStory.ts'
import { minerAddress, validatorAddress } from './testing/storyParts.ts'

const GATEWAY = 'http://127.0.0.1:4801'
const REQUIRED = ['--deployment', 'd.json', '--data', 'data', '--keystore', 'k.json']
const RELAY = validatorAddress(0)

const options = (...argv: readonly string[]) => parseOptions(nodeOptions, { argv: [...REQUIRED, ...argv], env: {} })

test('is what the operator says, else the bucket, else the relay, else the gateway', () => {
  const story = new RunStory()
  const said = ['--endpoint', 'https://node.example']
  const bucket = ['--publish-s3', 'https://s3.example/blobs/a/']
  const url = ['--publish-s3-url', 'https://cdn.example/a']
  const relay = ['--relay', RELAY]
  const cases: readonly (readonly [readonly string[], string | undefined])[] = [
    [[...said, ...bucket, ...relay], 'https://node.example'],
    [[...bucket, ...url, ...relay], 'https://cdn.example/a'],
    [[...bucket, ...relay], 'https://s3.example/blobs/a'],
    [relay, undefined],
    [['--allow-private'], GATEWAY],
  ]
  for (const [argv, wanted] of cases)
    assert.equal(endpointOf(options(...argv), GATEWAY)(story.view), wanted, String(argv))
})

test('is the relay’s own, wherever that is', () => {
  const endpoint = endpointOf(options('--relay', RELAY), GATEWAY)
  const story = new RunStory().setEndpoint(minerAddress(0), 'https://other.example')
  assert.equal(endpoint(undefined), undefined)
  for (const url of ['https://one.example', 'https://two.example'])
    assert.equal(endpoint(story.setEndpoint(RELAY, url).view), url)
  assert.equal(endpoint(story.setEndpoint(RELAY, '').view), undefined)
})

test('is not announced when strangers cannot reach it: node/unreachable', () => {
  const bad: readonly (readonly string[])[] = [
    [],
    ['--endpoint', 'http://node.example'],
    ['--endpoint', 'https://127.0.0.1'],
    ['--endpoint', `https://node.example/${'x'.repeat(250)}`],
    ['--publish-s3', 'http://s3.example/blobs'],
  ]
  for (const argv of bad)
    assert.throws(() => endpointOf(options(...argv), GATEWAY), { code: 'node/unreachable' }, argv.join(' '))
})
