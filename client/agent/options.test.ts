import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import fc from 'fast-check'
import { defineOptions, parseOptions, printOptions, wantsHelp } from './options.ts'
import type { Option, OptionTable } from './optionTable.ts'

const TABLE = defineOptions({
  rpcUrl: { flag: 'rpc-url', env: 'T_RPC_URL', type: 'url', required: true, description: 'Node of the chain' },
  port: { flag: 'port', env: 'T_PORT', type: 'port', default: 9400, description: 'Port of the status page' },
  dataDir: { flag: 'data-dir', env: 'T_DATA_DIR', type: 'path', default: '~/.tessera', description: 'Folder' },
  stake: { flag: 'stake', env: 'T_STAKE', type: 'wei', max: '100ether', description: 'Stake to keep' },
  amount: { flag: 'amount', env: 'T_AMOUNT', type: 'amount', min: '0.5', description: 'Tokens' },
  poll: { flag: 'poll', env: 'T_POLL', type: 'duration', default: '1s', min: '100ms', description: 'Poll interval' },
  level: {
    flag: 'log-level',
    env: 'T_LEVEL',
    type: 'choice',
    choices: ['debug', 'info'],
    default: 'info',
    description: 'Level',
  },
  password: { flag: 'password', env: 'T_PASSWORD', type: 'string', secret: true, description: 'Password' },
  once: { flag: 'once', env: 'T_ONCE', type: 'boolean', description: 'One round only' },
  peers: { flag: 'peer', env: 'T_PEERS', type: 'list', items: 'url', default: [], description: 'Gateways' },
  payTo: { flag: 'pay-to', env: 'T_PAY_TO', type: 'address', description: 'Payout address' },
  rate: { flag: 'rate', env: 'T_RATE', type: 'number', min: 0, max: 1, default: 0.5, description: 'Rate' },
  rounds: { flag: 'rounds', env: 'T_ROUNDS', type: 'integer', min: 0, unit: 'rounds', description: 'Rounds to run' },
})

const RPC = '--rpc-url=http://127.0.0.1:8545'
const parse = (argv: string[], env: Record<string, string> = {}) =>
  parseOptions(TABLE, { argv, env, cwd: '/somewhere', home: '/home/me' })

describe('parseOptions', () => {
  test('resolves every option, with types taken from the table', () => {
    const options = parse([
      RPC,
      '--stake',
      '1.5ether',
      '--amount',
      '12.5',
      '--once',
      '--peer',
      'http://a,http://b',
      '--peer=http://c',
    ])
    // Each assignment is a check of the inferred type.
    const port: number = options.port
    const stake: bigint | undefined = options.stake
    const level: 'debug' | 'info' = options.level
    const payTo: Hex | undefined = options.payTo
    const peers: readonly string[] = options.peers
    assert.deepEqual(
      { ...options, port, stake, level, payTo, peers },
      {
        rpcUrl: 'http://127.0.0.1:8545',
        port: 9400,
        dataDir: '/home/me/.tessera',
        stake: 1_500_000_000_000_000_000n,
        amount: 12_500_000_000_000_000_000n,
        poll: 1000,
        level: 'info',
        password: undefined,
        once: true,
        peers: ['http://a', 'http://b', 'http://c'],
        payTo: undefined,
        rate: 0.5,
        rounds: undefined,
      },
    )
  })

  test('a flag beats the environment, which beats the default; an empty variable is absent', () => {
    assert.equal(parse([RPC, '--port', '1'], { T_PORT: '2' }).port, 1)
    assert.equal(parse([RPC], { T_PORT: '2' }).port, 2)
    assert.equal(parse([RPC], { T_PORT: '' }).port, 9400)
    assert.equal(parse([], { T_RPC_URL: 'wss://chain.example' }).rpcUrl, 'wss://chain.example')
    assert.equal(parse([RPC, '--port', '1', '--port', '3']).port, 3, 'the last flag counts')
  })

  test('booleans: bare, negated, with a value, by environment', () => {
    assert.equal(parse([RPC]).once, false)
    assert.equal(parse([RPC, '--no-once'], { T_ONCE: '1' }).once, false)
    assert.equal(parse([RPC, '--once=false']).once, false)
    assert.equal(parse([RPC], { T_ONCE: 'true' }).once, true)
  })

  test('paths are absolute', () => {
    assert.equal(parse([RPC, '--data-dir', 'x/../y']).dataDir, '/somewhere/y')
    assert.equal(parse([RPC, '--data-dir=~/z']).dataDir, '/home/me/z')
    assert.equal(parse([RPC, '--data-dir', '/a']).dataDir, '/a')
  })

  test('options/unknown-flag names the nearest', () => {
    assert.throws(() => parse([RPC, '--rcp-url=http://x']), {
      code: 'options/unknown-flag',
      hint: 'Did you mean --rpc-url?',
    })
    assert.throws(() => parse([RPC, '--frobnicate']), {
      code: 'options/unknown-flag',
      hint: 'See --help for the options',
    })
    assert.throws(() => parse([RPC, '-p', '1']), { code: 'options/unknown-flag' })
    assert.throws(() => parse([RPC, '--no-port']), { code: 'options/unknown-flag' })
  })

  test('options/unexpected-argument for what is no option', () => {
    assert.throws(() => parse([RPC, 'start']), { code: 'options/unexpected-argument' })
    assert.throws(() => parse([RPC, '--', 'x']), { code: 'options/unexpected-argument' })
  })

  test('options/missing says both ways to give it', () => {
    assert.throws(() => parse([]), { code: 'options/missing', hint: /--rpc-url or set T_RPC_URL to a URL/ })
  })

  test('options/invalid-value says what is accepted and where the value came from', () => {
    const refused: [string[], Record<string, string>, RegExp][] = [
      [['--port', '65536'], {}, /port from 0 to 65535/],
      [['--port', '0x10'], {}, /port/],
      [['--port'], {}, /port/],
      [['--data-dir', '--once'], {}, /path/],
      [['--stake', '1'], {}, /1.5ether/],
      [['--stake', '0.5wei'], {}, /1.5ether/],
      [['--stake', '101ether'], {}, /of at most 100ether/],
      [['--amount', '0.4'], {}, /such as 12.5 with at most 18 decimals of at least 0.5/],
      [['--amount', '1e3'], {}, /12\.5/],
      [['--amount', '.5'], {}, /12\.5/],
      [['--amount', '1,5'], {}, /12\.5/],
      [['--amount', '+1'], {}, /12\.5/],
      [['--amount', `1.${'1'.repeat(19)}`], {}, /12\.5/],
      [['--poll', '99ms'], {}, /of at least 100ms/],
      [['--poll', '5'], {}, /250ms/],
      [['--poll', '0.0001s'], {}, /250ms/],
      [['--log-level', 'loud'], {}, /debug, info/],
      [['--once=maybe'], {}, /true or false/],
      [['--peer', 'http://a,ftp://b'], {}, /list/],
      [['--pay-to', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed'], {}, /checksum/],
      [['--rate', '1.01'], {}, /from 0 to 1/],
      [['--rate', 'NaN'], {}, /number/],
      [['--rounds', '-1'], {}, /at least 0 \(rounds\)/],
      [['--rounds', '9007199254740993'], {}, /whole number/],
      [['--rpc-url', 'http://'], {}, /URL/],
      [['--rpc-url', 'file:///etc/passwd'], {}, /http, https, ws, wss/],
      [[], { T_PORT: 'x' }, /port/],
      [['--password', ''], {}, /text/],
    ]
    for (const [argv, env, accepted] of refused)
      assert.throws(() => parse([RPC, ...argv], env), { code: 'options/invalid-value', hint: accepted }, argv.join(' '))
    assert.throws(() => parse([RPC], { T_PORT: 'x' }), { message: /^T_PORT: "x"/ })
  })

  test('an error never shows a secret, nor a control character', () => {
    assert.throws(
      () => parse([RPC], { T_PASSWORD: 'hunter2\n' }),
      (error: Error) => !error.message.includes('hunter2'),
    )
    assert.throws(
      () => parse([RPC, '--port', '1\x1b[2J']),
      (error: Error) => !/\p{Cc}/u.test(error.message),
    )
  })

  test('whatever the arguments are, the outcome is a value or an error of ours', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--port', '--once', '--', '-', '--rpc-url=', '--no-once', '--help', '--__proto__'),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        try {
          parse(argv)
        } catch (error) {
          assert.ok(isTesseraError(error), String(error))
        }
      }),
    )
  })
})

describe('wantsHelp', () => {
  test('sees both spellings, and parseOptions does not mind them', () => {
    assert.ok(wantsHelp(['x', '--help']) && wantsHelp(['-h']) && !wantsHelp(['--helper']))
    assert.equal(parse([RPC, '--help', '-h']).port, 9400)
  })
})

describe('defineOptions', () => {
  const option = { flag: 'a', env: 'A', type: 'integer', description: 'A' } as const
  const bad: Record<string, OptionTable> = {
    'flag twice': { a: option, b: { ...option, env: 'B' } },
    'variable twice': { a: option, b: { ...option, flag: 'b' } },
    'flag spelling': { a: { ...option, flag: 'a_b' } },
    'variable spelling': { a: { ...option, env: 'a' } },
    'reserved help': { a: { ...option, flag: 'help' } },
    'reserved negative': { a: { ...option, flag: 'no-a' } },
    'required with default': { a: { ...option, required: true, default: 1 } },
    'default out of range': { a: { ...option, default: 1, max: 0 } },
    'default of no choice': { a: { ...option, type: 'choice', choices: ['x'], default: 'y' } },
  }
  for (const [name, table] of Object.entries(bad))
    test(`options/bad-table: ${name}`, () => assert.throws(() => defineOptions(table), { code: 'options/bad-table' }))
})

describe('printOptions', () => {
  test('gives secrets to the environment and the rest to the arguments', () => {
    const printed = printOptions(TABLE, {
      rpcUrl: 'http://x',
      password: 'pw',
      poll: 1500,
      stake: 10n ** 18n,
      once: false,
    })
    assert.deepEqual(printed, {
      argv: ['--rpc-url=http://x', '--stake=1000000000000000000wei', '--poll=1500ms', '--once=false'],
      env: { T_PASSWORD: 'pw' },
    })
  })

  // One option of each type with a value it accepts: what is printed is parsed back to the same.
  const text = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }).filter((s) => !/\p{Cc}/u.test(s))
  const item = text.map((s) => s.replaceAll(',', '').trim()).filter((s) => s !== '')
  const cases: Record<string, [Partial<Option>, fc.Arbitrary<unknown>]> = {
    string: [{ type: 'string' }, text],
    secret: [{ type: 'string', secret: true }, text],
    integer: [{ type: 'integer' }, fc.maxSafeInteger()],
    number: [{ type: 'number' }, fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0))],
    port: [{ type: 'port' }, fc.nat(65_535)],
    boolean: [{ type: 'boolean' }, fc.boolean()],
    wei: [{ type: 'wei' }, fc.bigInt(0n, 2n ** 256n - 1n)],
    amount: [{ type: 'amount' }, fc.bigInt(0n, 2n ** 256n - 1n)],
    duration: [{ type: 'duration' }, fc.nat(366 * 86_400_000)],
    url: [{ type: 'url' }, fc.webUrl()],
    path: [
      { type: 'path' },
      fc.array(fc.stringMatching(/^[\w -]{1,8}$/), { minLength: 1 }).map((p) => `/${p.join('/')}`),
    ],
    choice: [{ type: 'choice', choices: ['a', '-b', 'c=d'] }, fc.constantFrom('a', '-b', 'c=d')],
    list: [{ type: 'list' }, fc.array(item, { maxLength: 8 })],
  }
  for (const [name, [shape, values]] of Object.entries(cases))
    test(`is read back as it was printed: ${name}`, () => {
      const option = { flag: 'x', env: 'T_X', description: 'X', ...shape } as Option
      fc.assert(
        fc.property(values, (value) => {
          const { argv, env } = printOptions({ x: option } as OptionTable, { x: value as string })
          const read = parseOptions({ x: option } as OptionTable, { argv, env, cwd: '/', home: '/' })
          assert.deepEqual(read.x, value)
        }),
      )
    })
})
