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
    'more than 128 bytes': `https://gateway.example/${'a'.repeat(MAX_URL_BYTES)}`,
  }
  for (const [name, text] of Object.entries(bad)) {
    test(`refuses ${name}`, () => {
      assert.throws(
        () => parseSource(text, strict),
        (error) => isTesseraError(error, 'storage/bad-source'),
      )
    })
  }

  const inside = [
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
