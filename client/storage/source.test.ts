import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import fc from 'fast-check'
import { MAX_URL_BYTES, parseSource } from './source.ts'

const strict = { allowLoopback: false }
const dev = { allowLoopback: true }

describe('parseSource', () => {
  const good = {
    'https://gateway.example': 'https://gateway.example',
    'https://gateway.example/': 'https://gateway.example',
    'https://GATEWAY.example:8443/a/b//': 'https://gateway.example:8443/a/b',
    'https://1.1.1.1': 'https://1.1.1.1',
    'https://[2606:4700:4700::1111]': 'https://[2606:4700:4700::1111]',
  }
  for (const [text, base] of Object.entries(good)) {
    test(`takes ${text}`, () => assert.equal(parseSource(text, strict).base, base))
  }

  const bad = {
    'an empty string': '',
    'no URL': 'gateway.example',
    'plain http': 'http://gateway.example',
    'another scheme': 'file:///etc/passwd',
    'a user': 'https://user@gateway.example',
    'a user and password': 'https://user:secret@gateway.example',
    'an empty user': 'https://@gateway.example',
    'a query': 'https://gateway.example/?x=1',
    'an empty query': 'https://gateway.example/?',
    'a fragment': 'https://gateway.example/#x',
    'white space': 'https://gateway.example/ x',
    'a line break': 'https://gateway.example\r\nhost: evil',
    'a backslash': 'https:\\\\gateway.example',
    'a host in another script': 'https://g\u0430teway.example',
    'more than 256 bytes': `https://gateway.example/${'a'.repeat(MAX_URL_BYTES)}`,
  }
  for (const [name, text] of Object.entries(bad)) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => parseSource(text, strict),
        (error) => isTesseraError(error, 'storage/bad-source'),
      )
    })
  }

  const odd = {
    'a tab in the scheme': 'ht\ttps://gateway.example',
    'white space before': ' https://gateway.example',
    'white space after': 'https://gateway.example ',
    'a null byte': 'https://gateway.example\0.evil.example',
    'a percent sign for a host': 'https://%31%32%37.0.0.1@gateway.example',
    'a user that looks like a host': 'https://gateway.example:443@evil.example',
    'a backslash before the user': 'https://evil.example\\@gateway.example',
    'an encoded host with a slash': 'https://gateway%2fexample',
    'a host of dots only': 'https://..',
    'no host': 'https://',
    'a label of another script': 'https://\u4f8b\u3048.example',
    'full-width digits': 'https://\uff11\uff12\uff17.0.0.1',
    'a port out of range': 'https://gateway.example:65536',
    'a port that is no number': 'https://gateway.example:4o1',
    'a zone id': 'https://[fe80::1%25eth0]',
    'an address with too many parts': 'https://1.2.3.4.5',
    'an address out of range': 'https://256.0.0.1',
    'a host of more than 253 characters': `https://${'a.'.repeat(113)}${'b'.repeat(20)}.example`,
    data: 'data:application/vnd.ipld.raw;base64,AAAA',
    'a file': 'file:///etc/passwd',
    javascript: 'javascript:alert(1)',
    'a web socket': 'wss://gateway.example',
    'a blob': 'blob:https://gateway.example/1',
    'a multiaddr': '/dns4/gateway.example/tcp/443/https',
    'an IPFS name': 'ipfs://bafkqaaa',
    'an object': { toString: () => 'https://gateway.example' } as unknown as string,
  }
  for (const [name, text] of Object.entries(odd)) {
    test(`refuses ${name}, with the development flag too`, () => {
      for (const rules of [strict, dev]) {
        assert.throws(
          () => parseSource(text, rules),
          (error) => isTesseraError(error, 'storage/bad-source') && error.hint !== undefined,
        )
      }
    })
  }

  test('takes what the contract takes, 256 bytes, and names of other scripts as DNS writes them', () => {
    const longest = `https://gateway.example/${'a'.repeat(MAX_URL_BYTES - 24)}`
    assert.equal(longest.length, MAX_URL_BYTES)
    assert.equal(parseSource(longest, strict).base, longest)
    assert.equal(parseSource('https://xn--r8jz45g.example', strict).base, 'https://xn--r8jz45g.example')
    assert.equal(parseSource('https://gateway.example./', strict).base, 'https://gateway.example.')
  })

  const inside = [
    'https://0300.0250.1.1',
    'https://0xc0a80101',
    'https://3232235777',
    'https://192.168.257',
    'https://10.1',
    'https://0',
    'https://127.0.0.1.',
    'https://0x7f000001.',
    'https://017700000001',
    'https://%31%32%37.0.0.1',
    'https://[::]',
    'https://[::127.0.0.1]',
    'https://[0:0:0:0:0:ffff:7f00:1]',
    'https://[::ffff:0a00:1]',
    'https://[ff02::1]',
    'https://[2001:db8::1]',
    'https://100.100.100.200',
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://0x7f.0.0.1',
    'https://0177.0.0.1',
    'https://0.0.0.0',
    'https://10.1.2.3',
    'https://169.254.169.254',
    'https://192.168.1.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[fe80::1]',
    'https://[fd00::1]',
    'https://[64:ff9b::7f00:1]',
    'https://[2002:7f00:1::]',
  ]
  for (const text of inside) {
    test(`refuses ${text} unless the development flag is set`, () => {
      assert.throws(
        () => parseSource(text, strict),
        (error) => isTesseraError(error, 'storage/private-address'),
      )
      assert.doesNotThrow(() => parseSource(text, dev))
    })
  }

  test('the development flag allows http and nothing else besides', () => {
    assert.equal(parseSource('http://127.0.0.1:4001', dev).base, 'http://127.0.0.1:4001')
    for (const text of ['ftp://127.0.0.1', 'http://user@127.0.0.1', 'http://127.0.0.1?x']) {
      assert.throws(
        () => parseSource(text, dev),
        (error) => isTesseraError(error, 'storage/bad-source'),
      )
    }
  })

  test('what comes out of anything is https, short, and without user, query or fragment', () => {
    const texts = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
    )
    fc.assert(
      fc.property(texts, (text) => {
        let base: string
        try {
          base = parseSource(text, strict).base
        } catch (error) {
          assert.ok(isTesseraError(error))
          return
        }
        const url = new URL(base)
        assert.equal(url.protocol, 'https:')
        assert.equal(url.username + url.password + url.search + url.hash, '')
      }),
      { numRuns: 40 },
    )
  })
})
