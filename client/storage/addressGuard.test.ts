import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { createServer } from 'node:http'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { isTesseraError } from '@tessera/protocol/errors'
import { guardedLookup, isPublicAddress, type Resolve } from './addressGuard.ts'
import { cidOfBlock, digestOf, RAW_CODEC } from './blobRef.ts'
import { DirectBlocks } from './directBlocks.ts'
import { startGateway } from './gatewayServer.ts'
import { HttpBlocks } from './httpBlocks.ts'
import { MemoryBlocks } from './memoryBlocks.ts'

const PUBLIC = [
  '1.1.1.1',
  '8.8.8.8',
  '172.15.0.1',
  '172.32.0.1',
  '223.255.255.255',
  '2606:4700::1',
  '2a00::1',
  '2001:4860::1',
]
const REFUSED = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:8.8.8.8',
  '::ffff:127.0.0.1',
  '64:ff9b::808:808',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  '2606:4700::1%eth0',
  'ff02::1',
  'localhost',
  '',
]

describe('isPublicAddress', () => {
  for (const address of PUBLIC) test(`${address} is public`, () => assert.ok(isPublicAddress(address)))
  for (const address of REFUSED) test(`${address || 'nothing'} is not`, () => assert.ok(!isPublicAddress(address)))
})

const v4 = (address: string): LookupAddress => ({ address, family: 4 })
const look = (resolve: Resolve, allowPrivate = false) => promisify(guardedLookup(allowPrivate, resolve))

describe('guardedLookup', () => {
  test('hands on exactly the addresses that it checked', async () => {
    const all = [v4('1.1.1.1'), v4('8.8.8.8')]
    const lookup = guardedLookup(false, async () => all)
    const found = await new Promise((resolve, reject) =>
      lookup('x.example', { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
    )
    assert.deepEqual(found, all)
    assert.deepEqual(await look(async () => all)('x.example', {}), '1.1.1.1')
  })

  test('refuses a name with a private address, even beside a public one', async () => {
    for (const addresses of [[v4('127.0.0.1')], [v4('1.1.1.1'), v4('10.0.0.1')], [{ address: '::1', family: 6 }]]) {
      const found = look(async () => addresses)('x.example', { all: true })
      await assert.rejects(found, (error) => isTesseraError(error, 'storage/private-address'))
    }
  })

  test('fails for a name without an address, or that cannot be resolved', async () => {
    await assert.rejects(look(async () => [])('x.example', {}))
    await assert.rejects(look(() => Promise.reject(new Error('ENOTFOUND')))('x.example', {}), /ENOTFOUND/)
  })
})

for (const Blocks of [HttpBlocks, DirectBlocks])
  describe(Blocks.name, () => {
    const bytes = new TextEncoder().encode('a block')
    const request = (base: string) => ({
      source: { base },
      cid: cidOfBlock(digestOf(bytes), RAW_CODEC).toString(),
      maxBytes: 100,
      signal: new AbortController().signal,
    })

    test('does not connect to a name that leads to this machine', async () => {
      const blocks = new MemoryBlocks()
      await blocks.put(digestOf(bytes), bytes)
      const gateway = await startGateway({ blocks, host: '127.0.0.1', port: 0 })
      const resolve = async () => [v4('127.0.0.1')]
      const base = `http://rebound.example:${gateway.port}`

      const guarded = new Blocks({ allowLoopback: false, resolve })
      await assert.rejects(guarded.fetchBlock(request(base)), (error) =>
        isTesseraError(error, 'storage/private-address'),
      )
      const open = new Blocks({ allowLoopback: true, resolve })
      assert.deepEqual(Uint8Array.from(await open.fetchBlock(request(base))), bytes)
      guarded.close()
      open.close()
      await gateway.close()
    })

    test('a name is resolved once for each connection, and the connection goes where that said', async () => {
      const blocks = new MemoryBlocks()
      await blocks.put(digestOf(bytes), bytes)
      const gateway = await startGateway({ blocks, host: '127.0.0.1', port: 0 })
      let resolved = 0
      const resolve = async () => {
        resolved++
        return [v4('127.0.0.1')]
      }
      const http = new Blocks({ allowLoopback: true, resolve })
      await http.fetchBlock(request(`http://once.example:${gateway.port}`))
      await http.fetchBlock(request(`http://once.example:${gateway.port}`))
      assert.equal(resolved, 1, 'the second block used the connection of the first')
      http.close()
      await gateway.close()
    })

    test('a name that cannot be resolved is an unreachable source', async () => {
      const http = new Blocks({ allowLoopback: false, resolve: () => Promise.reject(new Error('ENOTFOUND')) })
      await assert.rejects(http.fetchBlock(request('https://gone.example')), (error) =>
        isTesseraError(error, 'storage/unreachable'),
      )
      http.close()
    })

    test('an aborted signal sends nothing', async () => {
      const http = new Blocks({ allowLoopback: true })
      const aborted = http.fetchBlock({ ...request('http://127.0.0.1:1'), signal: AbortSignal.abort() })
      await assert.rejects(aborted, (error) => isTesseraError(error, 'storage/aborted'))
      http.close()
    })

    test('a name that changes its mind between check and use gains nothing', async () => {
      const blocks = new MemoryBlocks()
      await blocks.put(digestOf(bytes), bytes)
      const inside = await startGateway({ blocks, host: '127.0.0.1', port: 0 })
      const answers = [[v4('192.0.2.1')], [v4('1.1.1.1'), v4('127.0.0.1')], [v4('127.0.0.1')]]
      let asked = 0
      const resolve = async () => answers[asked++ % answers.length] ?? []
      const http = new Blocks({ allowLoopback: false, resolve })
      for (let connection = 1; connection <= answers.length; connection++) {
        await assert.rejects(http.fetchBlock(request(`http://rebinding.example:${inside.port}`)), (error) =>
          isTesseraError(error, 'storage/private-address'),
        )
        assert.equal(asked, connection, 'asked once for a connection, and what was asked is what is used')
      }
      http.close()
      await inside.close()
    })

    test('a redirect to an address inside is not followed', async () => {
      let inside = 0
      const server = createServer((request, response) => {
        if (request.url === '/secret') inside++
        response.writeHead(307, { location: `http://${request.headers.host}/secret` }).end()
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      const http = new Blocks({ allowLoopback: true })
      await assert.rejects(http.fetchBlock(request(`http://127.0.0.1:${port}`)), (error) =>
        isTesseraError(error, 'storage/redirect'),
      )
      assert.equal(inside, 0)
      http.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
  })
