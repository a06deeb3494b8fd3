import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOptions, optionsHelp, optionsMarkdown } from './optionDocs.ts'
import { defineOptions, parseOptions } from './options.ts'

const TABLE = defineOptions({
  rpcUrl: { flag: 'rpc-url', env: 'T_RPC', type: 'url', required: true, description: 'Node of the chain' },
  password: { flag: 'password', env: 'T_PW', type: 'string', secret: true, description: 'Opens the keystore.' },
  poll: { flag: 'poll', env: 'T_POLL', type: 'duration', default: '2s', description: 'Between two | looks' },
  colour: { flag: 'colour', env: 'T_COLOUR', type: 'boolean', default: true, description: 'Colours' },
  peers: { flag: 'peer', env: 'T_PEERS', type: 'list', default: [], description: 'Peers' },
})

test('optionsHelp: every option with its facts', () => {
  const help = optionsHelp(TABLE, { usage: 'tessera run [options]', summary: 'Runs a miner.' })
  assert.equal(
    help,
    `Runs a miner.

Usage: tessera run [options]

Options:
  --rpc-url <url>
      Node of the chain.
      a URL of http, https, ws, wss; environment T_RPC; required
  --password <string>
      Opens the keystore.
      text of 1 to 4096 characters; environment T_PW; optional; secret: prefer the environment, arguments are visible to others
  --poll <duration>
      Between two | looks.
      a duration such as 250ms, 30s, 5m, 2h or 1d; environment T_POLL; default 2s
  --no-colour
      Colours.
      true or false; environment T_COLOUR; default true
  --peer <list>
      Peers.
      a comma-separated list of strings; environment T_PEERS; default (empty)
  -h, --help
      Show this text.
`,
  )
})

test('optionsMarkdown: one row each, cells kept apart', () => {
  const lines = optionsMarkdown(TABLE).split('\n')
  assert.equal(lines.length, 2 + 5 + 1)
  assert.equal(lines[2], '| `--rpc-url` | `T_RPC` | a URL of http, https, ws, wss | required | Node of the chain. |')
  assert.equal(
    lines[3],
    '| `--password` | `T_PW` | text of 1 to 4096 characters | none | Opens the keystore. Secret. |',
  )
  assert.match(lines[4] ?? '', /`2s` \| Between two \\\| looks\./)
})

test('describeOptions: redacts secrets and credentials in URLs', () => {
  const argv = ['--rpc-url=https://user:pass@rpc.example/key', '--peer=a,b']
  const set = parseOptions(TABLE, { argv, env: { T_PW: 'hunter2' } })
  assert.deepEqual(describeOptions(TABLE, set), {
    'rpc-url': 'https://[redacted]@rpc.example/key',
    password: '[redacted]',
    poll: '2s',
    colour: 'true',
    peer: 'a,b',
  })
  const secretUrl = defineOptions({
    rpc: { flag: 'rpc', env: 'T_RPC', type: 'url', secret: true, description: 'Node' },
  })
  const keyed = parseOptions(secretUrl, {
    argv: ['--rpc', 'https://u:p@rpc.example:8545/v3/0123456789abcdef?k=1'],
    env: {},
  })
  assert.deepEqual(describeOptions(secretUrl, keyed), { rpc: 'rpc.example:8545/[redacted]' })
  const unset = parseOptions(TABLE, { argv, env: {} })
  assert.equal(describeOptions(TABLE, unset).password, 'not set')
})
