import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createKeystore, keystoreAddress, loadKeystore, readPassword } from './keystore.ts'

const root = mkdtempSync(join(tmpdir(), 'tessera-key-'))
after(() => rmSync(root, { recursive: true }))
let files = 0
const newPath = () => join(root, `${files++}.json`)
const write = (content: string | Uint8Array) => {
  const path = newPath()
  writeFileSync(path, content)
  return path
}

// The two test vectors of the Web3 Secret Storage definition: one key, one password.
const SECRET = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
const PASSWORD = 'testpassword'
const PBKDF2 = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
}
const SCRYPT = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262144,
      p: 8,
      r: 1,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
    },
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
}

// From geth's own test data (accounts/keystore/testdata/keystore/aaa), password `foobar`.
const GETH = {
  address: 'f466859ead1932d743d622cb74fc058882e8648a',
  crypto: {
    cipher: 'aes-128-ctr',
    ciphertext: 'cb664472deacb41a2e995fa7f96fe29ce744471deb8d146a0e43c7898c9ddd4d',
    cipherparams: { iv: 'dfd9ee70812add5f4b8f89d0811c9158' },
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 8,
      p: 16,
      r: 8,
      salt: '0d6769bf016d45c479213990d6a08d938469c4adad8a02ce507b4a4e7b7739f1',
    },
    mac: 'bac9af994b15a45dd39669fc66f9aa8a3b9dd8c22cb16e4d8d7ea089d0f1a1a9',
  },
  id: '472e8b3d-afb6-45b5-8111-72c89895099a',
  version: 3,
}

describe('loadKeystore', () => {
  test('the PBKDF2 vector of the specification', async () => {
    const loaded = await loadKeystore({ path: write(JSON.stringify(PBKDF2)), password: PASSWORD })
    assert.equal(loaded.privateKey, SECRET)
    assert.equal(loaded.address, '0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b')
  })

  test('a scrypt file written by geth', async () => {
    const loaded = await loadKeystore({ path: write(JSON.stringify(GETH)), password: 'foobar' })
    assert.equal(loaded.address.toLowerCase(), '0xf466859ead1932d743d622cb74fc058882e8648a')
  })

  test('the scrypt vector of the specification breaks RFC 7914 (N < 2^16 for r = 1) and is refused with that reason', async () => {
    await assert.rejects(loadKeystore({ path: write(JSON.stringify(SCRYPT)), password: PASSWORD }), {
      code: 'keystore/invalid',
      message: /RFC 7914/,
    })
  })

  test('keystore/wrong-password', async () => {
    const path = write(JSON.stringify(PBKDF2))
    await assert.rejects(loadKeystore({ path, password: 'testpasswore' }), { code: 'keystore/wrong-password' })
  })

  test('keystore/missing and keystore/password-missing', async () => {
    await assert.rejects(loadKeystore({ path: newPath(), password: 'x' }), { code: 'keystore/missing' })
    await assert.rejects(loadKeystore({ path: newPath(), password: '' }), { code: 'keystore/password-missing' })
  })

  const kdf = (change: object) => ({ ...SCRYPT, crypto: { ...SCRYPT.crypto, ...change } })
  const params = (change: object) => kdf({ kdfparams: { ...SCRYPT.crypto.kdfparams, ...change } })
  const invalid: Record<string, unknown> = {
    'not JSON': 'secret key here',
    'not an object': '[]',
    'another version': { ...PBKDF2, version: 1 },
    'no crypto': { version: 3 },
    'no parameters': kdf({ kdfparams: null }),
    'another kdf': kdf({ kdf: 'argon2' }),
    'another cipher': { ...PBKDF2, crypto: { ...PBKDF2.crypto, cipher: 'aes-256-gcm' } },
    'scrypt of no power of two': params({ n: 3, r: 8 }),
    'scrypt of 64 GiB': params({ n: 2 ** 26, r: 8 }),
    'scrypt of an hour': params({ p: 2 ** 20 }),
    'scrypt with no cost': params({ n: 0 }),
    'scrypt with a fraction': params({ n: 1.5 }),
    'pbkdf2 of an hour': {
      ...PBKDF2,
      crypto: { ...PBKDF2.crypto, kdfparams: { ...PBKDF2.crypto.kdfparams, c: 2 ** 32 } },
    },
    'an address of another key': { ...PBKDF2, address: '0'.repeat(40) },
    'too large': 'x'.repeat(70_000),
    'not text': new Uint8Array([0xff, 0xfe, 0x00]),
  }
  for (const [name, content] of Object.entries(invalid))
    test(`keystore/invalid: ${name}`, async () => {
      const raw = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
      await assert.rejects(loadKeystore({ path: write(raw), password: PASSWORD }), { code: 'keystore/invalid' })
    })

  test('an error carries neither the password nor the key', async () => {
    const path = write(JSON.stringify({ ...PBKDF2, address: '0'.repeat(40) }))
    await assert.rejects(loadKeystore({ path, password: PASSWORD }), (error: Error) => {
      const all = JSON.stringify([error.message, error.stack, error.cause ?? null, { ...error }])
      return !all.includes(PASSWORD) && !all.includes(SECRET.slice(2))
    })
  })

  test('a signal that is aborted ends it', async () => {
    const signal = AbortSignal.abort(new Error('stop'))
    await assert.rejects(loadKeystore({ path: newPath(), password: 'x', signal }), /stop/)
    await assert.rejects(createKeystore({ path: newPath(), password: 'x', signal }), /stop/)
  })
})

describe('keystoreAddress', () => {
  const address = (named: unknown) => keystoreAddress({ path: write(JSON.stringify({ ...PBKDF2, address: named })) })

  test('with or without 0x, checksummed; none when the file names none', async () => {
    const expected = '0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b'
    assert.equal(await address('008aeeda4d805471df9b2a5b0f38a0c3bcba786b'), expected)
    assert.equal(await address(expected), expected)
    assert.equal(await address(undefined), undefined)
  })

  test('keystore/invalid and keystore/missing', async () => {
    for (const named of [7, '0x12', '', '0x008aEEda4D805471dF9b2A5B0f38A0C3bCBA786b'])
      await assert.rejects(address(named), { code: 'keystore/invalid' }, String(named))
    await assert.rejects(keystoreAddress({ path: write('[]') }), { code: 'keystore/invalid' })
    await assert.rejects(keystoreAddress({ path: newPath() }), { code: 'keystore/missing' })
  })
})

describe('createKeystore', () => {
  test('what it writes is private, follows the specification and opens again', async () => {
    const path = newPath()
    const { address } = await createKeystore({ path, password: 'pass wörd', privateKey: SECRET, cost: 'light' })
    assert.equal(address, '0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b')
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const written = JSON.parse(readFileSync(path, 'utf8'))
    assert.equal(written.version, 3)
    assert.equal(written.crypto.kdfparams.n, 4096)
    assert.deepEqual(await loadKeystore({ path, password: 'pass wörd' }), { address, privateKey: SECRET })
  })

  test('a new key comes from the given randomness, and the default cost is 2^17', async () => {
    const path = newPath()
    const random = (bytes: number) => new Uint8Array(bytes).fill(7)
    const { address } = await createKeystore({ path, password: 'p', random })
    assert.equal(JSON.parse(readFileSync(path, 'utf8')).crypto.kdfparams.n, 131072)
    const loaded = await loadKeystore({ path, password: 'p' })
    assert.deepEqual(loaded, { address, privateKey: `0x${'07'.repeat(32)}` })
  })

  test('keystore/exists leaves the file alone', async () => {
    const path = write('mine')
    await assert.rejects(createKeystore({ path, password: 'p', cost: 'light' }), { code: 'keystore/exists' })
    assert.equal(readFileSync(path, 'utf8'), 'mine')
  })

  test('keystore/bad-cost, keystore/bad-key, keystore/password-missing, file/write-failed', async () => {
    const path = newPath()
    for (const cost of [0, 512, 4097, 2 ** 21, 4096.5])
      await assert.rejects(createKeystore({ path, password: 'p', cost }), { code: 'keystore/bad-cost' }, String(cost))
    for (const privateKey of ['0x12', `0x${'0'.repeat(64)}`, `0x${'f'.repeat(64)}`] as const)
      await assert.rejects(createKeystore({ path, password: 'p', privateKey }), { code: 'keystore/bad-key' })
    await assert.rejects(createKeystore({ path, password: '' }), { code: 'keystore/password-missing' })
    const nowhere = join(root, 'none', 'k')
    await assert.rejects(createKeystore({ path: nowhere, password: 'p', cost: 'light' }), { code: 'file/write-failed' })
  })
})

describe('readPassword', () => {
  test('an option beats a file; one line break at the end of the file is not part of it', async () => {
    const passwordFile = write(' pass \n\r\n')
    assert.equal(await readPassword({ password: 'direct', passwordFile }), 'direct')
    assert.equal(await readPassword({ passwordFile }), ' pass \n')
  })

  test('keystore/password-missing without any or with an empty one', async () => {
    await assert.rejects(readPassword({}), { code: 'keystore/password-missing' })
    await assert.rejects(readPassword({ password: '' }), { code: 'keystore/password-missing' })
    await assert.rejects(readPassword({ passwordFile: write('\n') }), { code: 'keystore/password-missing' })
    await assert.rejects(readPassword({ passwordFile: newPath() }), { code: 'file/missing' })
  })
})
